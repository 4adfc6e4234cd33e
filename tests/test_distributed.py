"""Dask clusters: here, elsewhere, silent, dying; what every hatch must do, test_hatches asks."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import psutil
import pytest

from unstuck import dask_places
from unstuck.dask_cluster import Dask, SchedulerSilent
from unstuck.hatches import distributed
from unstuck.parcel import CannotTravel
from unstuck.process_pool import WorkerDied
from unstuck.workloads import is_prime, wait, witness

pytestmark = pytest.mark.once  # the hatches themselves are tried on each Python

if reason := distributed.reason_missing():
    pytest.skip(reason, allow_module_level=True)


def lifetime(path, item):
    """Note that item was begun, then take a while: somebody may end this process meanwhile."""
    with path.open("a") as file:
        file.write(f"{item} {os.getpid()}\n")
    time.sleep(0.3)
    return item


def recorded_end(path):
    """Note that it was begun, and end this process."""
    lifetime(path, 0)
    os._exit(3)


def begun(path) -> list[tuple[int, int]]:
    """(item, process) of each beginning so far."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [tuple(map(int, line.split())) for line in lines]


# a cluster on this machine


def test_a_worker_is_killed_in_the_middle_and_nothing_is_lost(tmp_path, until):
    """Its task is begun again on another worker, and a new worker comes."""
    path = tmp_path / "begun"

    async def work():
        async with Dask(workers=2) as dask:
            tasks = [asyncio.create_task(dask.run(lifetime, path, item)) for item in range(8)]
            await asyncio.to_thread(until, lambda: begun(path), 20)
            victim = begun(path)[0][1]
            psutil.Process(victim).kill()
            answers = await asyncio.gather(*tasks)
            await asyncio.to_thread(until, lambda: len(dask.pids) == dask.size, 20)
            return answers, victim, dask.pids

    answers, victim, pids = asyncio.run(work())
    assert answers == list(range(8))
    twice = [item for item, _ in begun(path)]
    assert sorted(set(twice)) == list(range(8))
    assert len(twice) in (8, 9)  # 8: it was killed between two tasks
    assert victim not in pids


@pytest.mark.parametrize("workers", [1, 2])
def test_innocent_tasks_survive_beside_one_that_kills_each_worker(workers):
    """With one worker all stand behind it each time, and dask blames them too."""

    async def work():
        async with Dask(workers=workers) as dask:
            deadly = dask.run(os._exit, 3)
            good = [dask.run(wait, 0.1) for _ in range(12)]
            return await asyncio.gather(deadly, *good, return_exceptions=True)

    failed, *answers = asyncio.run(work())
    assert isinstance(failed, WorkerDied)
    assert "exit code 3" in str(failed)
    assert "KilledWorker" not in str(failed)
    assert answers == [0.1] * 12


def test_a_deadly_task_beside_which_there_is_no_other_is_not_tried_once_more_alone(tmp_path):
    """A dead worker is told sooner: two starts of a worker are waited for less."""

    async def work():
        async with Dask(workers=2) as dask:
            await dask.run(is_prime, 97)  # another one, which has its answer already
            with pytest.raises(WorkerDied, match="2 workers, one after the other"):
                await dask.run(recorded_end, tmp_path / "alone")
            beside = asyncio.create_task(dask.run(wait, 0.1))
            with pytest.raises(WorkerDied, match="4 workers, one after the other"):
                await dask.run(recorded_end, tmp_path / "beside")
            return await beside

    assert asyncio.run(work()) == 0.1
    assert [len(begun(tmp_path / each)) for each in ("alone", "beside")] == [2, 4]


def test_a_queued_task_that_is_cancelled_is_never_begun_and_harms_no_other(tmp_path, until):
    path = tmp_path / "begun"

    async def work():
        async with Dask(workers=1) as dask:
            first = asyncio.create_task(dask.run(lifetime, path, 0))
            await asyncio.to_thread(until, lambda: begun(path), 20)
            second = asyncio.create_task(dask.run(lifetime, path, 1))
            await asyncio.sleep(0.1)
            second.cancel()
            await asyncio.wait([second])
            return await first, await dask.run(os.getpid)

    answer, pid = asyncio.run(work())
    assert (answer, begun(path)) == (0, [(0, pid)])


def test_a_cell_is_cancelled_and_the_next_call_gets_a_worker_at_once():
    """B03: all that it had asked for is ended, also what would take a minute."""

    async def work():
        async with Dask(workers=1) as dask:
            await dask.run(is_prime, 97)
            tasks = [asyncio.create_task(dask.run(wait, 60.0)) for _ in range(3)]
            await asyncio.sleep(0.3)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=5)
            assert all(task.cancelled() for task in tasks)
            return await asyncio.wait_for(dask.run(is_prime, 97), 20)

    assert asyncio.run(work()) is True


def test_it_listens_on_this_machine_only():
    async def seen():
        async with Dask(workers=1) as dask:
            await dask.run(is_prime, 97)
            processes = [psutil.Process(), *map(psutil.Process, dask.pids)]
            return [
                each.laddr.ip
                for process in processes
                for each in process.net_connections("inet")
                if each.status == psutil.CONN_LISTEN
            ]

    assert {"127.0.0.1"} == set(asyncio.run(seen())) - {"::1"}


def test_close_ends_everything_even_in_the_middle_of_a_task(gone):
    async def left():
        dask = Dask(workers=2)
        await dask.run(is_prime, 97)
        task = asyncio.create_task(dask.run(wait, 60.0))
        await asyncio.sleep(0.2)
        pids = dask.pids
        await asyncio.to_thread(dask.close)
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()
        with pytest.raises(RuntimeError, match="closed"):
            await dask.run(is_prime, 97)
        return pids

    assert all(map(gone, asyncio.run(left())))
    assert not [thread for thread in threading.enumerate() if thread.name == "dask link"]


def test_a_cluster_that_was_never_used_starts_nothing():
    before = threading.active_count()
    Dask(workers=2).close()
    assert threading.active_count() == before


def test_what_cannot_travel_is_refused_before_anything_starts():
    async def refused():
        dask = Dask(workers=1)
        lock = threading.Lock()
        with pytest.raises(CannotTravel, match=r"'lock', a _thread\.lock"):
            await dask.run(lambda: lock.locked())
        return dask.address

    assert asyncio.run(refused()) is None


def test_a_large_argument_and_a_large_answer_travel_without_a_warning():
    """dask warns above 10 MB; warnings are errors here."""

    async def there_and_back():
        async with Dask(workers=1) as dask:
            return await dask.run(lambda data: data[::-1], b"ab" * 8_000_000)

    assert asyncio.run(there_and_back()) == b"ba" * 8_000_000


def test_the_number_of_workers_fits_the_machine_whatever_is_asked():
    assert Dask(workers=1).size == 1
    assert 1 <= Dask(workers=10_000).size <= 4
    assert Dask(workers=0).size == 1


def test_a_worker_s_thread_that_prints_late_is_heard_too(capfd, until):
    def late():
        threading.Timer(0.2, print, ["late words"]).start()

    async def work():
        async with Dask(workers=1) as dask:
            await dask.run(late)
            await asyncio.sleep(1)

    asyncio.run(work())
    assert "late words" in capfd.readouterr().out


def test_a_script_without_its_guard_gets_one_sentence(tmp_path):
    """A01: each worker would run the script again."""
    script = tmp_path / "unguarded.py"
    script.write_text(
        "import asyncio\nfrom unstuck.hatches import distributed\n"
        "async def main():\n    await distributed.run(abs, -1)\n"
        "asyncio.run(main())\n"
    )
    argv = [sys.executable, str(script)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "WorkerDied: Nothing was begun" in done.stderr
    assert "if __name__ == '__main__':" in done.stderr


# a scheduler elsewhere


def test_the_same_call_goes_to_a_scheduler_by_its_address():
    async def work():
        async with Dask(workers=2) as cluster:
            await cluster.run(is_prime, 97)
            theirs = set(cluster.pids)
            distributed.using(cluster.address)
            try:
                pid, *_ = [await distributed.run(os.getpid) for _ in range(3)]
                with pytest.raises(ZeroDivisionError):
                    await distributed.run(lambda: 1 / 0)
                assert await distributed.run(lambda n: n + 1, 1) == 2
            finally:
                await asyncio.to_thread(distributed.close)
            return pid in theirs, await cluster.run(is_prime, 97)

    assert asyncio.run(work()) == (True, True)


def test_a_function_that_kills_workers_elsewhere_is_told_as_well():
    async def work():
        async with Dask(workers=1) as cluster:
            await cluster.run(is_prime, 97)
            async with Dask(address=cluster.address) as far:
                with pytest.raises(WorkerDied, match=r"_exit has no answer: 2 workers"):
                    await far.run(os._exit, 3)
                return await far.run(is_prime, 97)

    assert asyncio.run(work()) is True


def test_a_scheduler_that_goes_away_is_named_and_nothing_waits_for_ever():
    async def work():
        cluster = Dask(workers=1)
        await cluster.run(is_prime, 97)
        async with Dask(address=cluster.address) as far:
            task = asyncio.create_task(far.run(wait, 30.0))
            await asyncio.sleep(0.5)
            await asyncio.to_thread(cluster.close)
            with pytest.raises(SchedulerSilent, match="has gone"):
                await asyncio.wait_for(task, 40)

    asyncio.run(work())


@contextlib.contextmanager
def mute():
    """A port at which somebody listens and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextlib.contextmanager
def shut():
    """A port at which nobody listens."""
    with mute() as port:
        pass
    yield port


@contextlib.contextmanager
def another():
    """A port at which something else answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    connection.sendall(b"220 mail.example ESMTP\r\n" * 4)
                    connection.close()

        threading.Thread(target=answer, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("port_of", [mute, shut, another])
def test_a_scheduler_that_does_not_answer_is_named_within_five_seconds(port_of):
    with port_of() as port:
        address = f"tcp://127.0.0.1:{port}"
        start = time.monotonic()
        for _ in range(2):  # it stays silent, and stays named
            with pytest.raises(SchedulerSilent, match=rf"answers at {address}.*dask scheduler"):
                asyncio.run(distributed.using(address).run(is_prime, 97))
            assert time.monotonic() - start < 5 + 5 * _
        asyncio.run(asyncio.to_thread(distributed.close))
        assert asyncio.run(distributed.run(is_prime, 97)) is True  # on this machine again


ELSEWHERE = """
import asyncio, sys
from distributed import Scheduler, Worker
port, workers = map(int, sys.argv[1:])
here = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
async def main():
    async with Scheduler(port=port, **here) as scheduler:
        for _ in range(workers):
            await Worker(scheduler.address, nthreads=1, **here)
        print(scheduler.address, flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""


@contextlib.contextmanager
def elsewhere(port: int = 0, workers: int = 0):
    """The address of a scheduler in a process that our package knows nothing of."""
    argv = [sys.executable, "-c", ELSEWHERE, str(port), str(workers)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(argv, text=True, **pipes) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_scheduler_without_workers_is_named(monkeypatch):
    monkeypatch.setattr(dask_places, "ANSWER", 2.0)
    with elsewhere() as address:
        with pytest.raises(SchedulerSilent, match=r"has no worker: start one \('dask worker tcp"):
            asyncio.run(distributed.using(address).run(is_prime, 97))
        distributed.close()


def test_a_scheduler_that_comes_later_or_comes_back_is_found_by_the_next_call():
    """B02: nothing has to be made anew after it was silent, or had gone."""
    with shut() as port:
        far = distributed.using(f"tcp://127.0.0.1:{port}")
        for _ in range(2):
            with pytest.raises(SchedulerSilent):
                asyncio.run(far.run(is_prime, 97))
            with elsewhere(port, workers=1):
                assert asyncio.run(far.run(is_prime, 97)) is True
        distributed.close()


@pytest.mark.parametrize(
    "wrong",
    ["", "10.0.0.7:8786", "tcp://10.0.0.7", "tcp://a:0", "tcp://a:65536", "http://a:1", 8786, b"x"],
)
def test_what_is_no_address_is_refused_with_an_example(wrong):
    with pytest.raises(ValueError, match=r"such as 'tcp://10.0.0.7:8786', not"):
        distributed.using(wrong)


# where it is missing


def test_without_dask_one_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "dask.distributed is not installed: run 'make lab'" in distributed.reason_missing()
    with pytest.raises(RuntimeError, match="is not installed"):
        asyncio.run(distributed.run(is_prime, 97))


def test_the_hatch_is_imported_without_importing_dask():
    code = (
        "import sys, unstuck.hatches.distributed; print({'dask', 'distributed'} & {*sys.modules})"
    )
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "set()\n"


# a kernel

START = "from unstuck.hatches import distributed\nfrom unstuck.workloads import is_prime, wait\n"


def test_an_interrupt_ends_the_cell_and_the_next_one_works(kernel):
    """B03, B10"""
    kernel.run(START + "print(await distributed.run(is_prime, 97))")
    cell = kernel.begin("print('begun')\nawait distributed.run(wait, 60.0)")
    kernel.until_printed("begun")
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    _, error = kernel.end(cell, 10)
    assert error in ("CancelledError", "KeyboardInterrupt")
    assert kernel.run("print(await distributed.run(is_prime, 97))") == ("True\n", "")


@pytest.mark.parametrize("how", [signal.SIGKILL, "restart", "shutdown"])
def test_nothing_outlives_its_kernel(kernel, until, gone, how):
    """B06, B08: in the middle of a task."""
    kernel.run(START + "print(await distributed.run(is_prime, 97))")
    kernel.run("import asyncio; task = asyncio.create_task(distributed.run(wait, 60.0))")
    pids = [child.pid for child in kernel.children()]
    assert pids
    if how == "restart":
        kernel.manager.restart_kernel(now=False)
    elif how == "shutdown":
        kernel.manager.shutdown_kernel(now=False)
    else:
        psutil.Process(kernel.manager.provisioner.pid).kill()
    until(lambda: all(map(gone, pids)))


def test_the_tree_stays_below_seven_hundred_megabytes():
    """The promise to small machines: this process, and two workers."""

    async def tree():
        async with Dask(workers=2) as dask:
            await asyncio.gather(*(dask.run(witness, is_prime, 97) for _ in range(20)))
            me = psutil.Process()
            return sum(each.memory_info().rss for each in [me, *me.children(recursive=True)])

    assert asyncio.run(tree()) < 700e6
