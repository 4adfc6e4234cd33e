"""Promise 1: a killed primary and a closed browser leave no process and no taken port."""

import asyncio
import time
from functools import partial

import panel_loop
import psutil
import pytest
from how_often import tries
from ports import is_free, port_of
from scenes import LABS, Scene, seconds_until_none

from unstuck.cluster import Cluster

MOST_SECONDS = 5.0


async def seconds_until_gone(runtime: str, gone) -> float:
    """Kill the primary of a cluster; the seconds until no process of it is left."""
    cluster = await Cluster(workers=2, runtime=runtime).__aenter__()
    try:
        await cluster.full(2)
        primary = psutil.Process(cluster.primary)
        pids = {each.pid for each in primary.children(recursive=True)} | {primary.pid}
        port = port_of(cluster.url)
        start = time.monotonic()
        primary.kill()
        await panel_loop.until(lambda: all(map(gone, pids)) and is_free(port), MOST_SECONDS)
        return time.monotonic() - start
    finally:
        await cluster.stop(grace=0)


@pytest.mark.parametrize("runtime", ["python", "node"])
@pytest.mark.usefixtures("needs_node")
def test_nothing_outlives_a_killed_primary(runtime, gone, figure):
    """F11"""
    numbers = tries(2, 50)
    took = [asyncio.run(seconds_until_gone(runtime, gone)) for _ in numbers]
    seen = f"0 left, the port free after {max(took):.2f} s at worst"
    what = f"SIGKILL of a cluster's primary, {runtime}"
    figure(1, what, "0 left after 5 s", seen, len(numbers))


SHOWN = """
picture = getattr(panel, "picture", None) or panel.monitor
for kind in ("here", "shown"): picture._handle_custom_msg({"kind": kind}, [])
"""
COMM = "print(picture.model_id)"


def browser_is_closed(scene: Scene, comm: str) -> None:
    """Send what the picture's JavaScript sends when its last view goes."""
    data = {"method": "custom", "content": {"kind": "gone"}}
    client = scene.kernel.client
    client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": comm, "data": data}))


PANEL = "print(panel._task, picture._views, panel.status)"
OVER = """
import asyncio
while panel._task is None: await asyncio.sleep(0.02)
while panel._task is not None: await asyncio.sleep(0.02)
"""


@pytest.mark.parametrize("lab", ["cluster", "cluster in Node.js", "heartbeat"])
@pytest.mark.usefixtures("needs_node")
def test_a_closed_browser_ends_all_servers(lab, figure, tmp_path, until):
    """F11: the kernel lives on, and nothing below it does."""
    numbers, took = tries(1, 50), []
    scene = Scene(tmp_path)
    try:
        for _ in numbers:
            assert scene.kernel.run(LABS[lab] + SHOWN)[1] == ""
            comm = scene.kernel.run(COMM)[0].strip()
            until(lambda: len(scene.kernel.children()) > 2, 30)
            if lab == "heartbeat":  # its servers wait for a second run, and its load ends
                assert scene.kernel.end(scene.kernel.begin(OVER), 90)[1] == ""
                assert len(scene.kernel.children()) == 2
            browser_is_closed(scene, comm)
            panel = partial(scene.kernel.run, PANEL)
            took.append(seconds_until_none(scene.kernel.children, MOST_SECONDS, panel))
    finally:
        scene.close()
    seen = f"0 left after {max(took):.2f} s at worst"
    figure(1, f"the browser closed: {lab}", "0 left after 5 s", seen, len(numbers))


ALONE = {name: LABS[name] for name in ("roads", "heartbeat")}


@pytest.mark.parametrize("lab", ALONE)
@pytest.mark.usefixtures("needs_node")
def test_a_run_that_no_browser_watches_ends_and_leaves_nothing(lab, figure, tmp_path, until):
    """The run of these labs goes on to its own end; its servers and workers do not outlive it."""
    scene, numbers = Scene(tmp_path), tries(1, 5)
    try:
        for _ in numbers:
            assert scene.kernel.run(ALONE[lab])[1] == ""
            assert scene.kernel.end(scene.kernel.begin(OVER), 90)[1] == ""
            until(lambda: not scene.kernel.children(), MOST_SECONDS)
    finally:
        scene.close()
    figure(1, f"no browser: {lab}", "0 left after its end", "0 left", len(numbers))
