"""Interpreters: what crosses, what is refused with a sentence, and no fork beside living ones."""

import asyncio
import multiprocessing
import os
import subprocess
import sys
import threading
import time

import pytest

from unstuck import crossing, interpreter_trials, workloads
from unstuck.hatches import interpreters as hatch
from unstuck.interpreter_pool import Interpreters
from unstuck.parcel import CannotTravel
from unstuck.workloads import is_prime, wait

live = pytest.mark.skipif(hatch.reason_missing() is not None, reason=str(hatch.reason_missing()))
missing = pytest.mark.skipif(hatch.reason_missing() is None, reason="interpreters are here")
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def run(func, *args):
    return asyncio.run(hatch.run(func, *args))


def talk(words):
    print("said", words)
    return words


def talk_and_fail():
    print("before it failed")
    return 1 / 0


# what runs there


@live
def test_it_is_this_process_and_another_thread():
    """W1"""
    assert run(os.getpid) == os.getpid()
    assert run(threading.get_native_id) != threading.get_native_id()


@live
def test_a_module_s_globals_are_its_own(monkeypatch):
    """W1: the interpreter imports a module of its own."""
    monkeypatch.setattr(workloads, "ARTICLE_NUMBER", 5)
    assert run(lambda: __import__("unstuck.workloads").workloads.ARTICLE_NUMBER) == 9_999_999_967


@live
@pytest.mark.parametrize("func", [talk, lambda words: talk(words)])
def test_what_is_printed_comes_back(func, capsys):
    """A11: of a function with a name, and of one without."""
    for _ in range(3):
        assert run(func, "hello") == "hello"
        assert capsys.readouterr().out == "said hello\n"


@live
def test_what_was_printed_before_a_failure_comes_back(capsys):
    """A11"""
    with pytest.raises(ZeroDivisionError):
        run(talk_and_fail)
    assert capsys.readouterr().out == "before it failed\n"


@live
def test_an_exit_is_an_error_and_the_next_call_works():
    """W3"""
    with pytest.raises(RuntimeError, match=r"SystemExit\(4\)"):
        run(sys.exit, 4)
    assert run(is_prime, 97) is True


@live
def test_a_memoryview_is_the_same_memory():
    """W6"""
    data = bytearray(b"data")
    run(crossing.touch, memoryview(data))
    assert data == b"!ata"


# what is refused


@live
def test_a_function_that_holds_a_lock_is_refused_by_name():
    """A05, A07"""
    lock = threading.Lock()
    start = time.monotonic()
    with pytest.raises(CannotTravel, match="uses 'lock'"):
        run(lambda: lock)
    assert time.monotonic() - start < 10


@live
def test_an_answer_that_cannot_cross_is_named():
    with pytest.raises(CannotTravel, match=r"The answer of \w+ cannot be sent back"):
        run(threading.Lock)


def imports_psutil():
    import psutil

    return psutil


@live
@pytest.mark.parametrize("func", [imports_psutil, lambda: imports_psutil()])
def test_a_module_that_does_not_load_there_is_one_sentence(func):
    """A06"""
    with pytest.raises(ImportError, match=r"cannot be imported in an interpreter.*Use processes"):
        run(func)


@live
def test_an_array_is_one_sentence():
    """A06"""
    numpy = pytest.importorskip("numpy")
    with pytest.raises(ImportError, match=r"numpy cannot be imported in an interpreter"):
        run(len, numpy.zeros(3))


@live
def test_a_module_that_does_not_exist_is_an_error_as_ever():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        run(lambda: __import__("no_such_module"))


# cancel and close


@live
def test_queued_calls_are_dropped_and_a_running_one_works_on(tmp_path, until):
    """B04, B11: nothing begins after a cancel; what runs is counted until its end."""
    pool = Interpreters(1)
    path = tmp_path / "begun"

    def begin(n):
        with open(path, "a") as file:
            file.write(f"{n}\n")
        time.sleep(0.3)

    async def cancel_all():
        tasks = [asyncio.create_task(pool.run(begin, n)) for n in range(20)]
        await asyncio.to_thread(until, path.exists)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=5)
        assert all(task.cancelled() for task in tasks)
        return pool.running

    assert asyncio.run(cancel_all()) == 1
    until(lambda: pool.running == 0)
    assert path.read_text() == "0\n"
    pool.close()


@live
def test_close_ends_them_and_the_next_call_makes_new_ones():
    from concurrent import interpreters

    before = len(interpreters.list_all())
    run(is_prime, 97)
    assert len(interpreters.list_all()) > before
    hatch.close()
    assert len(interpreters.list_all()) == before
    assert run(is_prime, 97) is True


# the fork trap


@live
@posix
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_beside_idle_interpreters_is_safe():
    run(is_prime, 97)
    process = multiprocessing.get_context("fork").Process(target=is_prime, args=(97,))
    process.start()
    process.join(20)
    assert process.exitcode == 0
    assert run(is_prime, 97) is True


@live
@posix
def test_a_fork_beside_working_interpreters_is_refused():
    async def fork_meanwhile():
        task = asyncio.create_task(hatch.run(wait, 0.5))
        await asyncio.sleep(0.2)
        with pytest.raises(RuntimeError, match="A fork now would crash"):
            multiprocessing.get_context("fork").Process(target=is_prime, args=(97,)).start()
        return await task

    assert asyncio.run(fork_meanwhile()) == 0.5


@live
@posix
def test_a_preexec_fn_beside_idle_interpreters_is_safe():
    run(is_prime, 97)
    code = (
        "import asyncio, subprocess; from unstuck.hatches import interpreters as hatch\n"
        "print(asyncio.run(hatch.run(abs, -1)))\n"
        "print(subprocess.Popen(['true'], preexec_fn=lambda: None).wait())\n"
    )
    argv = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("1\n0\n", "")


@live
@posix
def test_programs_run_beside_working_interpreters():
    async def meanwhile():
        task = asyncio.create_task(hatch.run(wait, 0.5))
        await asyncio.sleep(0.2)
        answer = await asyncio.to_thread(subprocess.check_output, argv)
        await task
        return answer.strip()

    argv = [sys.executable, "-c", "print(1)"]
    assert asyncio.run(meanwhile()) == b"1"


@live
@posix
def test_a_shell_line_of_a_notebook_works_beside_idle_interpreters(tmp_path):
    """IPython runs `!command` by a forked terminal."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    cells = [
        "from unstuck.hatches import interpreters\nprint(await interpreters.run(abs, -3))",
        "get_ipython().system('echo heard')",
        "print(await interpreters.run(abs, -4))",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    texts = ["".join(out.get("text", "") for out in cell.outputs) for cell in notebook.cells]
    assert [text.strip() for text in texts] == ["3", "heard", "4"]


# tables, live and recorded


@live
def test_the_table_of_crossing_is_made_by_trying():
    rows = {name: (arrives, how) for name, arrives, how in crossing.crossing().rows}
    assert rows["memoryview"] == ("itself", "the same memory, no copy")
    assert rows["bytes"] == ("as a copy", "copied at once")
    assert rows["list"] == ("as a copy", "by way of pickle")
    assert rows["a lock"][0] == "not at all"


@live
def test_the_table_of_imports_is_made_by_trying():
    rows = dict(crossing.importing(("json", "psutil", "no_such_module")).rows)
    assert rows["json"] == "yes"
    assert "does not support loading in subinterpreters" in rows["psutil"]
    assert "no_such_module" not in rows


def test_recorded_results_are_labelled(monkeypatch):
    monkeypatch.setattr(hatch, "has_interpreters", lambda: False)
    trial = asyncio.run(interpreter_trials.trial("interpreters", is_prime, 97))
    assert trial.recorded
    assert "Recorded on" in trial.note
    assert "Python 3.14" in trial.note
    assert "Recorded on" in repr(interpreter_trials.crossing_table())
    assert "Recorded on" in repr(interpreter_trials.importing_table())
    with pytest.raises(ValueError, match="no recorded trial 'mine'"):
        asyncio.run(interpreter_trials.trial("mine", is_prime, 97))


def test_an_older_python_is_told_what_is_needed(monkeypatch):
    """A05"""
    monkeypatch.setattr(hatch, "has_interpreters", lambda: False)
    assert "Python 3.14 or newer" in hatch.reason_missing()
    hatch.close()
    with pytest.raises(RuntimeError, match=r"need Python 3\.14"):
        run(is_prime, 97)


@missing
def test_the_hatch_is_imported_and_refuses_where_there_are_none():
    """A05"""
    with pytest.raises(RuntimeError, match=r"need Python 3\.14"):
        run(lambda: 1)
