"""The warm pool: a task that goes wrong is named, the others are kept, and nothing is left."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings

import psutil
import pytest

from unstuck.abilities import start_methods
from unstuck.hatches import pool as hatch
from unstuck.parcel import CannotTravel
from unstuck.process_pool import Pool, WorkerDied
from unstuck.workloads import is_prime, nothing, wait

FACTOR = 1  # set to something else at run time in a test
posix = pytest.mark.skipif(os.name != "posix", reason="signals and fork are POSIX")


@pytest.fixture(params=start_methods())
def start_method(request):
    if request.param == "fork":
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    return request.param


def with_pool(work, *options):
    """Run the coroutine function work(pool) with a pool of its own."""

    async def main():
        async with Pool(*options) as pool:
            return await work(pool)

    return asyncio.run(main())


def die():
    os._exit(3)


def die_by_signal():
    os.kill(os.getpid(), signal.SIGKILL)


def divide(a, b):
    return a / b


def read_factor():
    return FACTOR


# each start method


@posix
def test_eight_answers_are_kept_and_two_deaths_are_named(start_method):
    """B01, A02"""

    async def work(pool):
        tasks = [pool.run(is_prime, 97) for _ in range(8)] + [
            pool.run(die),
            pool.run(die_by_signal),
        ]
        return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 30)

    *answers, ended, killed = with_pool(work, 2, start_method)
    assert answers == [True] * 8
    assert isinstance(ended, WorkerDied)
    assert isinstance(killed, WorkerDied)
    assert "die has no answer" in str(ended)
    assert "exit code 3" in str(ended)
    assert "SIGKILL (a system short of memory does that)" in str(killed)


def test_functions_without_a_name_give_the_same_answer(start_method):
    """A01, A03"""
    offset = 5

    async def work(pool):
        return await pool.run(lambda x: x + offset, 1), pool.started

    answer, started = with_pool(work, 2, start_method)
    assert answer == 6
    assert started <= 3


def test_twenty_runs_succeed_after_a_crash(start_method):
    """B02"""

    async def work(pool):
        with pytest.raises(WorkerDied):
            await pool.run(die)
        return [await pool.run(divide, 6, 3) for _ in range(20)]

    assert with_pool(work, 1, start_method) == [2] * 20


def test_a_crowded_pool_neither_hangs_nor_forgets(start_method):
    """B15: with five threads beside it, more tasks than workers."""
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait) for _ in range(5)]
    for thread in threads:
        thread.start()

    async def work(pool):
        return await asyncio.gather(*(pool.run(divide, n, 1) for n in range(200)))

    try:
        assert with_pool(work, 2, start_method) == list(range(200))
    finally:
        stop.set()
        for thread in threads:
            thread.join()


# what cannot be sent


@pytest.mark.parametrize("captured", [threading.Lock(), sys.stdout, (n for n in "ab")])
def test_what_a_function_captures_is_named_before_a_worker_starts(captured):
    """A07"""

    def uses_it():
        return captured

    async def work(pool):
        with pytest.raises(CannotTravel, match=r"uses_it uses 'captured', an? .*cannot be sent"):
            await pool.run(uses_it)
        return pool.started

    assert with_pool(work, 1) == 0


def test_a_widget_that_a_function_uses_is_named():
    """A07"""
    from unstuck.labs.mainloop import MainLoop

    async def work(pool):
        panel = MainLoop(print)
        with pytest.raises(CannotTravel, match=r"uses 'panel', a .*MainLoop"):
            await pool.run(lambda: panel)

    with_pool(work, 1)


def test_an_argument_that_cannot_be_sent_is_named_by_its_place():
    async def work(pool):
        with pytest.raises(CannotTravel, match=r"Argument 2 of divide, a _thread\.lock"):
            await pool.run(divide, 1, threading.Lock())

    with_pool(work, 1)


def test_an_answer_that_cannot_be_sent_is_an_error_and_no_death():
    async def work(pool):
        with pytest.raises(CannotTravel, match="The answer, a lock, cannot be sent back"):
            await pool.run(threading.Lock)
        return await pool.run(divide, 6, 3), pool.started

    assert with_pool(work, 1) == (2, 1)


def test_an_error_that_cannot_be_sent_arrives_by_name_and_text():
    class Strange(Exception):
        def __init__(self, one, two):
            super().__init__("strange indeed")

    def fail():
        raise Strange(1, 2)

    async def work(pool):
        with pytest.raises(RuntimeError, match="Strange: strange indeed"):
            await pool.run(fail)

    with_pool(work, 1)


def test_a_global_that_was_changed_has_its_first_value_in_a_fresh_worker(monkeypatch):
    """A03: a function of a module travels by name, and its module is imported anew."""
    monkeypatch.setattr(sys.modules[__name__], "FACTOR", 7)
    assert with_pool(lambda pool: pool.run(read_factor), 1, "spawn") == 1


# queue, chunks, sizes


def test_tasks_beyond_the_workers_wait_in_a_queue():
    async def work(pool):
        await pool.run(nothing)
        tasks = [asyncio.create_task(pool.run(wait, 0.3)) for _ in range(5)]
        await asyncio.sleep(0.1)
        waiting = pool.waiting
        await asyncio.gather(*tasks)
        return waiting, pool.waiting, pool.started

    assert with_pool(work, 1) == (4, 0, 1)


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_map_keeps_the_order_whatever_the_chunk(chunk):
    answers = with_pool(lambda pool: pool.map(abs, range(-50, 50), chunk), 2)
    assert answers == [abs(n) for n in range(-50, 50)]


def test_an_error_of_a_chunk_names_the_function_and_keeps_its_cause():
    with pytest.raises(ZeroDivisionError) as seen:
        with_pool(lambda pool: pool.map(one_over, [1, 0], 2), 1)
    assert "in one_over" in str(seen.value.__cause__)
    with pytest.raises(WorkerDied, match=r"^leave has no answer"):
        with_pool(lambda pool: pool.map(leave, [3], 2), 1)


def one_over(n: int) -> float:
    return 1 / n


def leave(code: int) -> None:
    os._exit(code)


def test_a_pool_that_is_closed_under_load_starts_no_more_workers(until):
    async def work(pool):
        tasks = [asyncio.create_task(pool.run(wait, 0.2)) for _ in range(20)]
        await asyncio.sleep(0.3)
        await asyncio.to_thread(pool.close)
        started = pool.started
        await asyncio.gather(*tasks, return_exceptions=True)
        until(lambda: not pool.pids)
        return started, pool.started

    before, after = with_pool(work, 2)
    assert before == after == 2


def test_a_thread_that_prints_while_the_answer_leaves_breaks_no_message():
    async def work(pool):
        return [await pool.run(answer_and_print, 300_000) for _ in range(10)]

    assert with_pool(work, 1) == [b"a" * 300_000] * 10


def answer_and_print(size: int) -> bytes:
    def chatter() -> None:
        for _ in range(50):
            print("still here")

    threading.Thread(target=chatter).start()
    return b"a" * size


def test_map_takes_items_only_as_fast_as_they_are_done():
    taken = []

    def items():
        for n in range(100):
            taken.append(n)
            yield 0.05

    async def work(pool):
        task = asyncio.create_task(pool.map(wait, items()))
        await asyncio.sleep(0.4)
        seen = len(taken)
        task.cancel()
        await asyncio.wait([task], timeout=5)
        return seen

    assert with_pool(work, 1) < 50


def test_the_first_error_ends_a_map():
    async def work(pool):
        with pytest.raises(ZeroDivisionError):
            await pool.map(reciprocal, [1, 0, *range(1, 1000)])
        return await pool.run(divide, 6, 3)

    assert with_pool(work, 1) == 2


def reciprocal(n):
    return 1 / n


def test_nine_fine_and_one_failed_are_told_apart():
    """C10"""

    async def work(pool):
        tasks = [pool.run(reciprocal, n) for n in range(10)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    failed, *fine = with_pool(work, 2)
    assert isinstance(failed, ZeroDivisionError)
    assert "return 1 / n" in str(failed.__cause__)
    assert fine == [1 / n for n in range(1, 10)]


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "4", True, 62, 1000])
def test_a_wrong_size_is_one_sentence(wrong):
    """D04"""
    with pytest.raises(ValueError, match="whole number of workers from 1 to 61"):
        Pool(wrong)


@pytest.mark.parametrize("wrong", ["", "thread", None, 3])
def test_a_wrong_start_method_names_those_there_are(wrong):
    with pytest.raises(ValueError, match=r"start_method is one of .*spawn"):
        Pool(1, wrong)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "2", True])
def test_a_wrong_chunk_is_one_sentence(wrong):
    with pytest.raises(ValueError, match="chunk must be a whole number"):
        with_pool(lambda pool: pool.map(abs, [1], wrong), 1)


# death in all its forms


@posix
def test_an_idle_worker_that_was_killed_costs_nobody_a_task(until):
    async def work(pool):
        for _ in range(20):
            pid = await pool.run(os.getpid)
            os.kill(pid, signal.SIGKILL)
            until(lambda pid=pid: pid not in pool.pids)
            assert await pool.run(divide, 6, 3) == 2

    with_pool(work, 1)


def forks_and_dies():
    if os.fork() == 0:
        time.sleep(60)
    os._exit(5)


@posix
def test_a_worker_that_dies_and_leaves_a_child_is_named_within_seconds():
    """B01: the child holds the worker's pipes open."""
    with pytest.raises(WorkerDied, match="exit code 5"):
        with_pool(lambda pool: asyncio.wait_for(pool.run(forks_and_dies), 10), 1)


def takes_memory(megabytes):
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (500 << 20, 500 << 20))
    return len(bytearray(megabytes << 20))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory")
def test_a_worker_without_memory_says_so_and_the_next_task_runs():
    async def work(pool):
        with pytest.raises(MemoryError):
            await pool.run(takes_memory, 2000)
        return await pool.run(divide, 6, 3)

    assert with_pool(work, 1) == 2


def test_a_script_without_its_guard_gets_one_error_and_no_flood(tmp_path):
    """A01: each worker would run the script again."""
    path = tmp_path / "unguarded.py"
    path.write_text(
        "import asyncio\nfrom unstuck.process_pool import Pool\n"
        "async def main():\n"
        "    async with Pool(2) as pool:\n"
        "        try:\n"
        "            print(await pool.run(abs, -1))\n"
        "        finally:\n"
        "            print('workers:', pool.started)\n"
        "asyncio.run(main())\n"
    )
    argv = [sys.executable, str(path)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "under `if __name__ == '__main__':`" in done.stderr.splitlines()[-1]
    counts = re.findall(r"workers: (\d+)", done.stdout)  # of the script, and of each copy of it
    assert len(counts) <= 4
    assert all(int(count) <= 3 for count in counts)


# stop and close


def stamp(path):
    with open(path, "a") as file:
        file.write(f"{time.time()}\n")
    time.sleep(0.1)


def test_nothing_begins_after_a_cancel(tmp_path):
    """B04"""
    path = tmp_path / "stamps"

    async def work(pool):
        tasks = [asyncio.create_task(pool.run(stamp, path)) for _ in range(100)]
        await tasks[1]
        for task in tasks:
            task.cancel()
        at = time.time()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert pool.waiting == 0
        await pool.run(wait, 0.5)
        return at

    at = with_pool(work, 2)
    assert max(float(line) for line in path.read_text().split()) < at + 0.5


def test_a_pool_that_is_left_in_the_middle_leaves_nothing():
    async def work(pool):
        task = asyncio.create_task(pool.run(time.sleep, 60))
        pid = await asyncio.wait_for(pool.run(os.getpid), 10)
        assert not task.done()
        return pid

    assert not psutil.pid_exists(with_pool(work, 2))


def test_a_closed_pool_says_what_to_do():
    async def main():
        pool = Pool(1)
        assert await pool.run(abs, -1) == 1
        pool.close()
        pool.close()
        with pytest.raises(RuntimeError, match="closed: make a new one"):
            await pool.run(abs, -1)

    asyncio.run(main())


def test_the_warm_pool_comes_back_after_it_was_closed():
    pids = {asyncio.run(hatch.run(os.getpid))}
    hatch.close()
    pids.add(asyncio.run(hatch.run(os.getpid)))
    assert len(pids) == 2


def test_two_loops_in_two_threads_share_the_warm_pool():
    """C04"""

    async def work():
        return await asyncio.gather(*(hatch.run(divide, n, 1) for n in range(50)))

    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(asyncio.run(work()))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [list(range(50))] * 2


def test_a_large_call_and_a_large_answer_arrive_whole():
    data = os.urandom(3_000_000)
    assert with_pool(lambda pool: pool.run(bytes, data), 1) == data


@posix
def test_an_interrupt_ends_the_work_and_shows_no_worker(tmp_path, until, gone):
    """B03, B04: a script's Ctrl-C goes to its whole process group."""
    path = tmp_path / "busy.py"
    path.write_text(
        "import asyncio, os, time\nfrom unstuck.process_pool import Pool\n"
        "def work(n):\n"
        "    while True: n += 1\n"
        "async def main():\n"
        "    async with Pool(2) as pool:\n"
        "        pids = await asyncio.gather(pool.run(os.getpid), pool.run(os.getpid))\n"
        "        print(*pids, flush=True)\n"
        "        await pool.map(work, range(20))\n"
        "if __name__ == '__main__':\n"
        "    try: asyncio.run(main())\n"
        "    except KeyboardInterrupt: print('stopped')\n"
    )
    argv = [sys.executable, str(path)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(argv, start_new_session=True, **pipes) as process:
        pids = [int(pid) for pid in process.stdout.readline().split()]
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)
        out, errors = process.communicate(timeout=10)
    assert (out, errors) == ("stopped\n", "")  # B17: no line of a resource tracker either
    for pid in pids:
        until(lambda pid=pid: gone(pid))
