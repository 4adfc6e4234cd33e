"""A program is heard to its last byte, told by its code or signal, and ended with its tree."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time
import types

import psutil
import pytest
from how_often import tries

from unstuck import keeper, program_path
from unstuck.lag import LagMeter
from unstuck.node import run_twin
from unstuck.program_run import KEEPER
from unstuck.programs import ProgramFailed, run_program
from unstuck.sample_programs import sample

posix = pytest.mark.skipif(not hasattr(os, "killpg"), reason="signals and groups are of POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a keeper adopt orphans")
EMPTY = sample("leave", 0)


def run(argv, **options):
    return asyncio.run(run_program(argv, **options))


def zombies() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if child.status() == psutil.STATUS_ZOMBIE]


# what it writes


@pytest.mark.parametrize("size", [0, 1, 300_000, 10_000_000, 100_000_000])
def test_every_byte_of_both_pipes_is_counted(size):
    """C05, G09"""
    ended = run(sample("both", size))
    assert (ended.out_bytes, ended.err_bytes, ended.code) == (size, size, 0)


def test_what_is_not_kept_is_told_with_its_size():
    """C05, G09"""
    ended = run(sample("both", 5_000_000), keep=1000)
    assert ended.out == b"x" * 500 + b"\n[4999000 bytes not shown]\n" + b"x" * 500
    assert run(sample("both", 1000), keep=1000).out == b"x" * 1000


def test_much_output_does_not_fill_the_memory():
    """C05: 100 MB pass through a process that grows by far less."""
    before = psutil.Process().memory_info().rss
    run(sample("both", 100_000_000), on_line=lambda line: None)
    assert psutil.Process().memory_info().rss - before < 50_000_000


def test_lines_come_while_the_program_works():
    async def main():
        came, seen_alive = asyncio.Event(), []

        def on_line(line):
            seen_alive.append(line)
            came.set()

        task = asyncio.create_task(run_program(sample("lines", 2, 2), on_line=on_line))
        await asyncio.wait_for(came.wait(), 10)
        assert (seen_alive, task.done()) == (["line 0"], False)
        return await task, seen_alive

    ended, lines = asyncio.run(main())
    assert (ended.code, lines) == (0, ["line 0", "line 1"])


def test_lines_come_in_their_order_and_none_is_missing():
    lines = []
    run(sample("lines", 20_000, 0), on_line=lines.append)
    assert lines == [f"line {number}" for number in range(20_000)]


def test_the_lines_of_both_pipes_are_told_apart():
    out, err = [], []
    ended = run(sample("error"), on_line=out.append, on_error_line=err.append)
    assert (out, err[-1], ended.code) == ([], "ValueError: oh", 1)


def test_a_line_without_an_end_is_cut_and_says_so():
    lines = []
    run(sample("both", 5_000_000), on_line=lines.append)
    (line,) = lines
    assert line == "x" * 65536 + " [4934464 bytes of this line not shown]"


def test_a_flood_of_lines_lets_the_loop_take_turns():
    """The loop beats, and a slow taker holds the program back instead of filling memory."""

    async def main():
        async with LagMeter() as meter:
            ended = await run_program(sample("lines", 30_000, 0), on_line=lambda line: None)
        return ended, meter.lag

    ended, lag = asyncio.run(main())
    assert ended.ok
    assert len(lag.beats) > 1


def test_a_function_for_lines_that_raises_ends_the_program_and_is_heard():
    """C10"""
    with pytest.raises(ZeroDivisionError):
        run(sample("lines", 100, 0.05), on_line=lambda line: 1 / 0)


def test_what_is_written_in_the_last_moment_arrives():
    """G13: five megabytes and an end at once, twenty times."""
    for _ in range(20):
        assert run(sample("both", 5_000_000)).out_bytes == 5_000_000


def test_input_can_be_read_and_there_is_none_by_default():
    assert run(sample("echo"), input=b"x" * 300_000).out_bytes == 300_000
    assert run(sample("echo")).out_bytes == 0


# how it ends


@pytest.mark.parametrize(
    ("argv", "code"),
    [(EMPTY, 0), (sample("leave", 3), 3), (sample("complain", "no"), 1), (sample("error"), 1)],
)
def test_the_exit_code_is_told_in_a_sentence(argv, code):
    """G08"""
    ended = run(argv)
    assert (ended.code, ended.signal, ended.ok) == (code, None, code == 0)
    assert f"ended with exit code {code} after" in repr(ended)


@posix
def test_a_signal_is_told_by_its_name():
    """G08"""
    ended = run(sample("kill"))
    assert (ended.code, ended.signal, ended.ok) == (None, "SIGKILL", False)
    assert "ended by signal SIGKILL" in repr(ended)


def test_a_failure_can_be_made_an_error_with_its_last_words():
    assert run(EMPTY).check().ok
    with pytest.raises(ProgramFailed, match=r"exit code 1 .*It said: ValueError: oh"):
        run(sample("error")).check()
    with pytest.raises(ProgramFailed, match="exit code 3"):
        run(sample("leave", 3)).check()


def test_the_exit_code_is_not_that_of_the_keeper():
    """The pid is that of the program."""
    lines = []
    ended = run(sample("stubborn", 0), on_line=lines.append)
    assert str(ended.pid) == lines[0].split()[0]


# what cannot be started


def refusal(argv, **options) -> str:
    with pytest.raises(ProgramFailed) as caught:
        run(argv, **options)
    said = str(caught.value)
    assert said.endswith((".", "?"))
    assert "\n" not in said
    return said


def test_the_last_words_come_without_their_colours():
    words = "\x1b[31mno disk\x1b[0m"
    with pytest.raises(ProgramFailed, match=r"It said: no disk$"):
        run(sample("complain", words)).check()


def test_what_cannot_be_started_is_named_with_its_mend(tmp_path):
    """G08"""
    file = tmp_path / "a file"
    file.write_text("no program")
    assert "no program 'no-such-program' here: install it" in refusal(["no-such-program"])
    assert "no program 'no such program'" in refusal(["no such program", "x"])
    assert "is the path right?" in refusal([str(tmp_path / "none")])
    assert "is a folder" in refusal([str(tmp_path)])
    assert "name is empty" in refusal([""])
    assert "name is empty" in refusal([])
    assert "as a list of words" in refusal("git status")
    assert "NUL" in refusal(["git", "a\0b"])
    assert "list of words" in refusal(7)
    assert "does not exist" in refusal(EMPTY, cwd=str(tmp_path / "none"))
    assert "is no folder" in refusal(EMPTY, cwd=str(file))
    assert "deadline" in refusal(EMPTY, deadline=0)
    if hasattr(os, "killpg"):
        assert "no execute permission" in refusal([str(file)])


@posix
def test_a_file_that_is_no_program_is_named(tmp_path):
    """G08: it may be run, and the system cannot."""
    file = tmp_path / "nothing"
    file.write_text("")
    file.chmod(0o755)
    file.write_bytes(b"\x7fELF")
    assert "could not be started" in refusal([str(file)])


def test_a_batch_file_is_not_handed_to_a_shell(monkeypatch):
    """G08, G14: as Windows sees it."""
    monkeypatch.setattr(program_path.shutil, "which", lambda *args, **words: r"C:\npm.CMD")
    monkeypatch.setattr(program_path.os, "name", "nt")
    with pytest.raises(ProgramFailed, match="is a batch file, which only a shell can run"):
        program_path.find_program("npm", None, {})


def test_a_program_with_spaces_in_its_name_and_folder_runs(tmp_path):
    """G08, G15"""
    if not hasattr(os, "symlink") or sys.platform == "win32":
        pytest.skip("a link needs a privilege on Windows")
    folder = tmp_path / "a b ü"
    folder.mkdir()
    (folder / "my python").symlink_to(sys.executable)
    assert run(["./my python", "-I", "-S", "-c", ""], cwd=folder).ok


@pytest.mark.parametrize(
    "text", ["x; touch PWNED", "$(touch PWNED)", '"& calc', "a\nb", "*", "%X%"]
)
def test_no_shell_reads_the_words(text, tmp_path):
    """G14"""
    ended = run(sample("complain", text), cwd=tmp_path)
    assert ended.err.decode().replace("\r", "").strip("\n") == text
    assert not any(tmp_path.iterdir())


# the end of the whole tree


async def a_stubborn_one() -> tuple[asyncio.Task, list[str]]:
    """A run of a program that has told its pids."""
    lines, told = [], asyncio.Event()

    def on_line(line):
        lines.append(line)
        told.set()

    task = asyncio.create_task(run_program(sample("stubborn", 15), on_line=on_line))
    await asyncio.wait_for(told.wait(), 10)
    return task, lines


def pids_of(lines: list[str]) -> list[int]:
    return [int(word) for line in lines for word in line.split()]


@linux
def test_a_time_out_ends_the_whole_tree_every_time(gone):
    """G07, 50 of 50: a program and a grandchild in its own session, both deaf to SIGTERM."""

    async def once():
        lines = []
        argv = sample("stubborn", 15)
        ended = await run_program(argv, on_line=lines.append, deadline=1.0)
        return ended, pids_of(lines)

    async def ten():
        return await asyncio.gather(*(once() for _ in range(10)))

    for ended, pids in [each for _ in tries(1, 5) for each in asyncio.run(ten())]:
        assert "ran longer than 1 s" in ended.stopped
        assert [pid for pid in pids if not gone(pid)] == []


def test_a_program_that_heeds_the_request_to_end_is_not_killed():
    """G06, G07: whatever its code, it is called stopped."""
    ended = run(sample("wait", 15), deadline=0.5)
    assert (ended.ok, ended.stopped) == (False, "it ran longer than 0.5 s")
    assert ended.signal in ("SIGTERM", None)
    assert "stopped: it ran longer than 0.5 s" in repr(ended)


@linux
def test_a_daemon_that_a_program_leaves_behind_is_ended_and_counted(gone):
    lines = []
    ended = run(sample("leaves_a_daemon", 15), on_line=lines.append)
    assert (ended.code, ended.left) == (0, 1)
    assert gone(*pids_of(lines))


@linux
def test_a_cancel_ends_the_whole_tree(gone, until):
    """B10, G07"""

    async def main():
        task, lines = await a_stubborn_one()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return pids_of(lines)

    for pid in asyncio.run(asyncio.wait_for(main(), 20)):
        assert gone(pid)


def test_a_cancel_before_the_start_starts_nothing():
    async def main():
        task = asyncio.create_task(run_program(sample("wait", 15)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)

    asyncio.run(main())


OWNER = [sys.executable, __file__]


def own_a_stubborn_program() -> None:
    """In a process of its own: run a program for a long time, telling its pids."""
    argv = sample("stubborn", 15)
    asyncio.run(run_program(argv, on_line=lambda line: print(line, flush=True)))


@linux
@pytest.mark.parametrize("number", ["SIGKILL", "SIGTERM"])
def test_the_tree_ends_when_its_owner_is_killed(number, gone, until):
    """B08: nobody had a chance to clear up; the temporary folder goes as well."""
    with subprocess.Popen(OWNER, stdout=subprocess.PIPE, text=True) as owner:
        pids = pids_of([owner.stdout.readline()])
        assert len(pids) == 2
        order = psutil.Process(pids[0]).parent()
        assert KEEPER in order.cmdline()
        owner.send_signal(getattr(signal, number))
    until(lambda: all(gone(pid) for pid in [*pids, order.pid]))


@linux
def test_a_killed_keeper_is_told_and_leaves_nothing(gone):
    """Its program is found by the mark in its environment."""

    async def main():
        task, lines = await a_stubborn_one()
        pids = pids_of(lines)
        psutil.Process(pids[0]).parent().kill()
        with pytest.raises(ProgramFailed, match="keeper was ended from outside"):
            await asyncio.wait_for(task, 20)
        return pids

    pids = asyncio.run(main())
    end = time.monotonic() + 5
    while not all(map(gone, pids)) and time.monotonic() < end:
        time.sleep(0.02)
    assert all(map(gone, pids))


@linux
def test_a_kernel_stops_a_program_at_an_interrupt_and_at_a_restart(kernel, gone, until):
    """B08, B10: with its grandchild, that neither heeds SIGTERM nor is in its group."""
    pids = pids_of(kernel.run(CELL)[0].splitlines())
    assert len(pids) == 2
    cell = kernel.begin("print('waiting', flush=True)\nawait task")
    kernel.until_printed("waiting")
    kernel.manager.interrupt_kernel()
    assert kernel.end(cell, 10)[1] != ""
    until(lambda: all(map(gone, pids)))
    pids = pids_of(kernel.run(CELL)[0].splitlines())
    assert not any(map(gone, pids))
    kernel.manager.restart_kernel(now=True)
    until(lambda: all(map(gone, pids)))


CELL = """
import asyncio
from unstuck.programs import run_program
from unstuck.sample_programs import sample
told = asyncio.Event()
def on_line(line):
    print(line, flush=True)
    told.set()
task = asyncio.create_task(run_program(sample("stubborn", 15), on_line=on_line))
await told.wait()
"""


def test_many_runs_leave_no_zombie():
    """B13: none of a hundred."""
    before = len(zombies())

    async def many():
        for _ in tries(2, 10):
            await asyncio.gather(*(run_program(EMPTY) for _ in range(10)))

    asyncio.run(many())
    assert len(zombies()) == before


# everywhere


class LoopWithoutSubprocesses(asyncio.SelectorEventLoop):
    async def _make_subprocess_transport(self, *args, **options):
        raise NotImplementedError


def test_it_works_in_a_loop_that_has_no_subprocesses():
    """C03: a kernel's loop on Windows."""
    with asyncio.Runner(loop_factory=LoopWithoutSubprocesses) as runner:
        ended = runner.run(run_program(sample("lines", 2, 0)))
    assert ended.text.splitlines() == ["line 0", "line 1"]


def test_it_works_in_threads_with_loops_of_their_own_each_time():
    """C04: 100 of 100."""
    codes, numbers = [], tries(5, 25)

    def work():
        for _ in numbers:
            codes.append(run(EMPTY).code)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert codes == [0] * 4 * len(numbers)


def test_nothing_is_said_when_the_loop_has_closed():
    """C07: stopped, timed out or cancelled, a run leaves no transport and no open pipe."""
    run(sample("wait", 15), deadline=0.3)
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(run_program(sample("wait", 15)), 0.3))
    gc.collect()  # a ResourceWarning would be an error


def test_starting_and_stopping_need_no_name_that_windows_lacks(monkeypatch):
    """C13: for our side; the keeper asks for the same names."""
    monkeypatch.delattr(os, "killpg", raising=False)
    monkeypatch.delattr(os, "setsid", raising=False)
    monkeypatch.delattr(signal, "SIGKILL", raising=False)
    assert run(sample("leave", 3)).ok is False
    assert run(sample("wait", 15), deadline=0.3).stopped


def test_the_keeper_ends_a_tree_without_killpg_and_sigkill(monkeypatch):
    """C13: as on Windows, whose own tool knows the tree."""
    called = []
    monkeypatch.delattr(os, "killpg", raising=False)
    monkeypatch.delattr(signal, "SIGKILL", raising=False)
    monkeypatch.setattr(keeper, "_LINUX", False)
    monkeypatch.setattr(keeper.subprocess, "run", lambda argv, **words: called.append(argv))
    mine = keeper.Keeper({})
    mine.program = types.SimpleNamespace(pid=7)
    threading.Timer(0.1, mine.ended.set).start()
    mine.end_all(0.0)
    assert called[0] == ["taskkill", "/T", "/F", "/PID", "7"]


# the twin


@pytest.mark.usefixtures("needs_node")
@pytest.mark.parametrize(
    ("argv", "code", "error"),
    [
        (sample("leave", 3), 3, None),
        (sample("leave", 0), 0, None),
        (["no-such-program"], None, "ENOENT"),
        ([""], None, "ERR_INVALID_ARG_VALUE"),
    ],
)
def test_the_twin_tells_a_failure_and_a_missing_program(argv, code, error):
    """G08"""
    result = asyncio.run(run_twin("child", program=argv)).result
    assert (result["code"], result.get("error")) == (code, error)


@posix
@pytest.mark.usefixtures("needs_node")
def test_the_twin_tells_a_signal():
    result = asyncio.run(run_twin("child", program=sample("kill"))).result
    assert (result["code"], result["signal"]) == (None, "SIGKILL")


@pytest.mark.usefixtures("needs_node")
@pytest.mark.parametrize("size", [900_000, 1_100_000, 50_000_000])
def test_the_twin_counts_every_byte_of_both_pipes(size):
    """G09, G13"""
    result = asyncio.run(run_twin("child", program=sample("both", size))).result
    assert (result["outBytes"], result["errBytes"], result["code"]) == (size, size, 0)


if __name__ == "__main__":
    own_a_stubborn_program()
