"""Promise 2: one interrupt ends a cell's work within 3 s; the next cell runs, servers serve on."""

import random
import time

import pytest
from how_often import tries
from scenes import NOTEBOOKS, Scene, cells_of

from unstuck import hatches

BEFORE = "import asyncio, time\nfrom unstuck.hatches import {name} as hatch\n"
BUSY = "def work(n):\n    while time.monotonic() < n: pass\n"
HATCHES = [name for name in hatches.names() if not hatches.hatch(name).reason_missing()]
APART = {"child", "pool", "distributed"}  # their work is in a process, and can be ended
ENDED = 3.0  # seconds


def interrupted(scene: Scene, cell: str) -> float:
    """Interrupt the kernel; seconds until the cell has ended."""
    start = time.monotonic()
    scene.kernel.manager.interrupt_kernel()
    scene.kernel.end(cell, deadline=15)
    return time.monotonic() - start


@pytest.mark.parametrize("name", HATCHES)
def test_an_interrupt_ends_the_work_of_a_hatch(name, figure, tmp_path, until):
    """B03 B05 B10"""
    scene, took = Scene(tmp_path), []
    numbers = tries(1, 50)
    try:
        scene.kernel.run(BEFORE.format(name=name) + BUSY)
        for number in numbers:
            # A thread cannot be ended from outside: its work ends by itself, later than the cell.
            seconds = 600 if name in APART else 5
            work = f"print('begun'); await hatch.run(work, time.monotonic() + {seconds})"
            cell = scene.kernel.begin(work)
            scene.kernel.until_printed("begun")  # an idle kernel hears no interrupt
            time.sleep(random.Random(number).uniform(0.2, 1.5))
            took.append(interrupted(scene, cell))
            assert took[-1] < (ENDED if name != "inline" else 6), number
            if name in APART:
                until(lambda: scene.kernel.busy() == 0, ENDED)
            assert scene.kernel.run("print(await hatch.run(abs, -3))") == ("3\n", "")
    finally:
        scene.close()
    seen = f"cell ended after {max(took):.2f} s at worst"
    wanted = f"{ENDED:g} s" if name != "inline" else "at the block's end: it is no way out"
    figure(2, f"interrupt of {name}", wanted, seen, len(numbers))


def test_an_interrupt_ends_a_cell_of_a_notebook(figure, tmp_path):
    """B10: notebooks in turn, each at a moment of its own."""
    took = []
    numbers = tries(1, 50)
    for number in numbers:
        path, chance = NOTEBOOKS[(number * 5 + 3) % len(NOTEBOOKS)], random.Random(number)
        scene = Scene(tmp_path)
        try:
            took += _interrupt_one(scene, cells_of(path), time.monotonic() + chance.uniform(1, 8))
        except AssertionError as error:
            raise AssertionError(f"{path.stem}, try {number}: {error}") from None
        finally:
            scene.close()
    assert took
    seen = f"cell ended after {max(took):.2f} s at worst"
    figure(2, "interrupt of a notebook's cell", f"{ENDED:g} s", seen, len(took))


def _interrupt_one(scene: Scene, cells: list[str], moment: float) -> list[float]:
    """Run cells until a moment; interrupt the one that runs then. [seconds], [] if none did."""
    for source in cells:
        cell = scene.kernel.begin(source)
        if not scene.kernel.ends_by(cell, moment):
            took = interrupted(scene, cell)
            assert took < ENDED + 5 * ("watch('kernel'" in source), source
            assert scene.kernel.run("print(1 + 1)") == ("2\n", ""), source
            return [took]
    return []


def test_a_set_up_cell_runs_again_after_an_interrupt(figure, tmp_path):
    """B10: large packages are imported there, and must not be left half."""
    took, numbers = [], tries(2, 4 * len(NOTEBOOKS))
    for number in numbers:
        path = NOTEBOOKS[(number + 9) % len(NOTEBOOKS)]
        scene, (source, *_) = Scene(tmp_path), cells_of(path)
        try:
            cell = scene.kernel.begin(source)
            time.sleep(random.Random(number).uniform(0.05, 0.8))
            took.append(interrupted(scene, cell))
            assert scene.kernel.run(source)[1] == "", path.stem
        finally:
            scene.close()
    seen = f"ran again each time; ended after {max(took):.2f} s at worst"
    figure(2, "interrupt of a set-up cell", f"{ENDED:g} s, and it runs again", seen, len(numbers))
    assert max(took) < ENDED


def test_servers_serve_on_after_an_interrupt(figure, tmp_path):
    """B03: a cluster that another cell has started."""
    scene = Scene(tmp_path)
    numbers = tries(2, 50)
    try:
        scene.kernel.run(
            "import asyncio\nfrom unstuck.asking import ask\nfrom unstuck.cluster import Cluster\n"
            "cluster = await Cluster(workers=2).__aenter__()\npids = cluster.pids"
        )
        for number in numbers:
            cell = scene.kernel.begin("await asyncio.sleep(60)")
            time.sleep(random.Random(number).uniform(0.1, 0.4))
            interrupted(scene, cell)
            answer = "print((await ask(cluster.url))['pid'] in pids, cluster.pids == pids)"
            assert scene.kernel.run(answer) == ("True True\n", "")
    finally:
        scene.close()
    figure(2, "a cluster beside an interrupt", "serves on", "served on each time", len(numbers))
