"""A child is heard while it works, fails with a sentence, and ends when its owner ends."""

import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest

from unstuck.children import Child, ChildFailed, python_argv
from unstuck.node import twin_path

posix = pytest.mark.skipif(os.name != "posix", reason="signals and groups are POSIX's")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def run_child(argv: list[str], deadline: float = 30) -> tuple[int, list[str], str]:
    """Exit code, lines of output, and last lines of standard error."""
    lines: list[str] = []
    async with Child(argv, on_line=lines.append) as child:
        code = await child.wait(deadline)
    return code, lines, child.error_text


@pytest.mark.parametrize("program", ["no-such-program", "a name with spaces", "", "a\0b"])
def test_a_missing_program_is_named(program):
    """G08"""
    with pytest.raises(ChildFailed, match="could not be started") as caught:
        asyncio.run(run_child([program]))
    assert repr(program) in str(caught.value)


@posix
def test_a_folder_and_a_file_without_the_right_to_execute_are_named(tmp_path):
    """G08"""
    file = tmp_path / "not executable"
    file.write_text("exit 0")
    for program in (tmp_path, file):
        with pytest.raises(ChildFailed, match="could not be started") as caught:
            asyncio.run(run_child([str(program)]))
        assert str(program) in str(caught.value)


@pytest.mark.parametrize("text", ["x; touch PWNED", "$(touch PWNED)", '"& calc', "two\nlines"])
def test_an_argument_is_never_a_command(text, tmp_path, monkeypatch):
    """G14"""
    monkeypatch.chdir(tmp_path)
    argv = [*python("import sys; print(repr(sys.argv[1]))"), text]
    assert asyncio.run(run_child(argv)) == (0, [repr(text)], "")
    assert not list(tmp_path.iterdir())


def test_ten_megabytes_on_both_pipes_arrive_in_full():
    """C05, G09, G13: both pipes are drained at once, to the last byte; what is kept is bounded."""
    code = (
        "import sys\n"
        "for _ in range(1000):\n"
        "    print(*['x' * 999] * 10, sep='\\n')\n"
        "    print(*['e' * 999] * 10, sep='\\n', file=sys.stderr)\n"
    )
    exit_code, lines, errors = asyncio.run(run_child(python(code)))
    assert exit_code == 0
    assert sum(len(line) + 1 for line in lines) == 10_000_000
    assert set(errors.split("\n")) == {"e" * 999}
    assert len(errors) < 1_000_000


def test_lines_arrive_while_the_child_still_runs():
    async def first_line() -> int | None:
        arrived = asyncio.Event()
        code = "import sys; print('one', flush=True); sys.stdin.read()"
        async with Child(python(code), on_line=lambda line: arrived.set()) as child:
            await asyncio.wait_for(arrived.wait(), 10)
            return child.process.poll()

    assert asyncio.run(first_line()) is None


def test_bytes_that_are_no_text_arrive_marked():
    code = "import sys; sys.stdout.buffer.write(b'a\\xffb\\r\\nlast')"
    assert asyncio.run(run_child(python(code)))[1] == ["a\ufffdb", "last"]


def test_the_exit_code_is_told():
    assert asyncio.run(run_child(python("raise SystemExit(3)")))[0] == 3
    code, _, errors = asyncio.run(run_child(python("1 / 0")))
    assert code == 1
    assert "ZeroDivisionError" in errors


@posix
def test_the_signal_that_ended_a_child_is_told():
    """A02"""
    code = "import os; os.kill(os.getpid(), 9)"
    assert asyncio.run(run_child(python(code)))[0] == -signal.SIGKILL


def test_a_wait_has_a_deadline_and_the_child_ends_with_the_block():
    async def waited() -> int:
        with pytest.raises(TimeoutError, match=r"time\.sleep\(60\)' had not ended after 0\.1 s"):
            async with Child(python("import time; time.sleep(60)")) as child:
                await child.wait(0.1)
        return child.process.returncode

    assert asyncio.run(waited()) != 0


def test_a_child_hears_what_it_is_told():
    async def main() -> list[str]:
        lines: list[str] = []
        async with Child(python("print('heard', input())"), on_line=lines.append) as child:
            child.tell("first")
            await child.wait(10)
        return lines

    assert asyncio.run(main()) == ["heard first"]


def test_the_end_of_a_child_that_does_not_listen_is_told():
    deaf = python("import os, time; os.close(0); print('deaf', flush=True); time.sleep(0.3)")

    async def main() -> int:
        closed = asyncio.Event()
        async with Child(deaf, on_line=lambda line: closed.set()) as child:
            await closed.wait()
            child.tell("what for?")
            return await child.wait(10)

    assert asyncio.run(main()) == 0


def test_killing_twice_or_after_the_end_does_nothing():
    async def kill() -> int:
        async with Child(python("")) as child:
            await child.wait(10)
            child.kill()
            child.kill()
        return child.process.returncode

    assert asyncio.run(kill()) == 0


def test_a_cancelled_wait_ends_the_child():
    async def cancelled() -> int:
        child = Child(python("import time; time.sleep(60)"))

        async def use() -> None:
            async with child:
                await child.wait(60)

        task = asyncio.create_task(use())
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task], timeout=10)
        assert task.cancelled()
        return child.process.returncode

    assert asyncio.run(cancelled()) != 0


GRANDCHILD = (
    "import subprocess, sys\n"
    "sleep = [sys.executable, '-c', 'import signal, time; "
    "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)']\n"
    "print(subprocess.Popen(sleep).pid, flush=True)\n"
)


@posix
@pytest.mark.parametrize("then", ["import time; time.sleep(60)", ""])
def test_what_a_child_started_ends_with_it_even_where_the_child_has_ended(then, until, gone):
    """G07, B08"""

    async def grandchild() -> int:
        born = asyncio.get_running_loop().create_future()
        argv = python(GRANDCHILD + then)
        async with Child(argv, on_line=lambda line: born.set_result(int(line))) as child:
            pid = await asyncio.wait_for(born, 10)
            if not then:  # the child ends, and the grandchild holds its pipes open
                await asyncio.to_thread(until, lambda: child.process.poll() is not None)
            assert not gone(pid)
        return pid

    pid = asyncio.run(grandchild())
    until(lambda: gone(pid))


@posix
def test_a_system_without_process_groups_ends_the_child_itself(monkeypatch):
    """C13"""
    monkeypatch.delattr(os, "killpg")
    test_a_wait_has_a_deadline_and_the_child_ends_with_the_block()


def test_a_loop_in_a_second_thread_has_children_too():
    """C04"""
    answers = []

    def work() -> None:
        for _ in range(10):
            answers.append(asyncio.run(run_child(python("print(1)"))))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    assert answers == [(0, ["1"], "")] * 10


class NoSubprocess(asyncio.SelectorEventLoop):
    """A loop as a notebook kernel on Windows has it."""

    async def _make_subprocess_transport(self, *args, **options):
        raise NotImplementedError


def test_a_loop_without_subprocesses_has_children_too():
    """C03"""
    with asyncio.Runner(loop_factory=NoSubprocess) as runner:
        assert runner.run(run_child(python("print(1)"))) == (0, ["1"], "")


def test_many_children_one_after_the_other_leave_no_zombie():
    """B13: the count is taken by the fixture that looks for children after each test."""
    for _ in range(20):
        assert asyncio.run(run_child(python("")))[0] == 0


OWNER = """
import asyncio, json, sys
from unstuck.children import Child

async def main():
    async with Child(json.loads(sys.argv[1]), on_line=lambda line: print(line, flush=True)):
        await asyncio.sleep(60)

asyncio.run(main())
"""


def answers(url: str, path: str, deadline: float) -> bool:
    """Say whether a server answers within `deadline` seconds."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=deadline)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@posix
@pytest.mark.parametrize("runtime", ["python", "node"])
def test_a_blocked_child_ends_when_its_owner_is_killed(runtime, until, gone, request):
    """F11, B08: killed by SIGKILL, in the middle of a block of six seconds."""
    if runtime == "node":
        server = [request.getfixturevalue("needs_node"), str(twin_path("server"))]
    else:
        server = python_argv("serve")
    argv = [*python(OWNER), json.dumps(server)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as owner:
        ready = json.loads(owner.stdout.readline())
        assert answers(ready["url"], "/", 10)
        assert not answers(ready["url"], "/block?seconds=60", 0.3)
        assert not answers(ready["url"], "/", 0.1)  # it is blocked indeed
        owner.kill()
    until(lambda: gone(ready["primary"]), deadline=5)
