"""Promise 1: however a kernel ends, no process, port or shared block of ours outlives it by 5 s."""

import random

import psutil
import pytest
from how_often import tries
from scenes import Scene, scenes

SCENES = scenes()


def restart(scene: Scene) -> None:
    scene.kernel.manager.restart_kernel(now=False)


def shutdown(scene: Scene) -> None:
    scene.kernel.manager.shutdown_kernel(now=False)


def kill(scene: Scene) -> None:
    psutil.Process(scene.kernel.manager.provisioner.pid).kill()


@pytest.mark.parametrize("way", [restart, shutdown, kill])
def test_nothing_outlives_its_kernel(way, figure, tmp_path):
    """B06 B08: labs and notebooks in turn, each harmed at a moment of its own."""
    took = []
    numbers = tries(2, 50)
    for number in numbers:
        name, cells = SCENES[(number * 7 + len(way.__name__)) % len(SCENES)]
        scene = Scene(tmp_path)
        try:
            scene.play(cells, random.Random(number).uniform(0.5, 6.0))
            way(scene)
            took.append(scene.seconds_until_gone())
            assert not scene.blocks()
        except AssertionError as error:
            raise AssertionError(f"{name}, {way.__name__}, try {number}: {error}") from None
        finally:
            scene.close()
    seen = f"0 left; the last one gone after {max(took):.2f} s at worst"
    figure(1, f"kernel: {way.__name__}", "0 left after 5 s", seen, len(numbers))
