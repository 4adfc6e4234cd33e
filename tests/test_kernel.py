"""In a real kernel: one interrupt stops a cell's work, and a restart leaves no process behind."""

import psutil
import pytest

from unstuck import hatches

HERE = [name for name in hatches.names() if not hatches.hatch(name).reason_missing()]
PROCESSES = ("child", "pool")  # the hatches whose work is a process of its own
IMPORT = "import asyncio, os, time\nfrom unstuck.hatches import {name} as hatch\n"
BUSY = "def work(n):\n    while True: n += 1\n"


@pytest.mark.parametrize("name", PROCESSES)
def test_one_interrupt_stops_the_work_of_a_cell(kernel, name, until):
    """B03, B10: three times in one kernel; each next cell works."""
    kernel.run(IMPORT.format(name=name) + BUSY)
    for _ in range(3):
        cell = kernel.begin("await asyncio.gather(hatch.run(work, 1), hatch.run(work, 2))")
        until(lambda: kernel.busy() >= 1, 20)
        kernel.manager.interrupt_kernel()
        _, error = kernel.end(cell, deadline=5)
        assert error in ("KeyboardInterrupt", "CancelledError")
        until(lambda: kernel.busy() == 0, 3)
        assert kernel.run("print(await hatch.run(abs, -3))") == ("3\n", "")


@pytest.mark.parametrize("name", PROCESSES)
def test_a_restart_with_work_under_way_leaves_nothing(kernel, name, until, gone):
    """B06, B08: the old kernel's processes are gone within 5 s, and the new one works."""
    for _ in range(2):
        kernel.run(IMPORT.format(name=name) + BUSY)
        kernel.run("task = asyncio.create_task(hatch.run(work, 1))\nawait asyncio.sleep(0.5)")
        old = kernel.children()
        assert old
        kernel.manager.restart_kernel(now=False)
        kernel.client.wait_for_ready(timeout=60)
        until(lambda old=old: all(gone(child.pid) for child in old))


def test_a_killed_kernel_leaves_nothing(kernel, until, gone):
    """B08: nobody has told the workers."""
    kernel.run(IMPORT.format(name="pool") + BUSY)
    kernel.run("task = asyncio.create_task(hatch.run(work, 1))\nawait asyncio.sleep(0.5)")
    old = kernel.children()
    psutil.Process(kernel.manager.provisioner.pid).kill()
    until(lambda: all(gone(child.pid) for child in old))


@pytest.mark.parametrize("name", HERE)
def test_prints_come_to_the_cell_that_asked(kernel, name):
    """A11: five lines of each of two calls, three times."""
    kernel.run(
        IMPORT.format(name=name)
        + "def talk(who):\n    for n in range(5): print(f'{who} {n}\\n', end='')\n    return who"
    )
    for _ in range(3):
        text, error = kernel.run("await asyncio.gather(hatch.run(talk, 'a'), hatch.run(talk, 'b'))")
        assert error == ""
        lines = [line.rpartition("] ")[2] for line in text.splitlines() if line[-1:].isdigit()]
        assert sorted(lines) == sorted(f"{who} {n}" for who in "ab" for n in range(5))


@pytest.mark.parametrize("name", PROCESSES)
def test_a_cell_whose_function_kills_its_worker_gets_a_named_error(kernel, name):
    """A02, B01, B02"""
    kernel.run(IMPORT.format(name=name) + "def die(): os._exit(3)")
    _, error = kernel.run("await hatch.run(die)")
    assert error == "WorkerDied"
    assert kernel.run("print(await hatch.run(abs, -3))") == ("3\n", "")
