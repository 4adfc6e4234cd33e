"""A worker as its primary sees it, where the order of things is not the usual one."""

import asyncio
import time

from unstuck.cluster_job import WORKER, Job
from unstuck.cluster_link import Link
from unstuck.cluster_process import Starter


class Late(Starter):
    """The worker is ready long before the thread that started it comes to its next line."""

    def start(self, target, args):
        process = super().start(target, args)
        time.sleep(2)
        return process


def test_its_process_id_is_told_before_it_is_ready():
    """Else nobody could name the worker that a learner wants to kill."""
    told = []

    def heard(link, line):
        told.append((line["kind"], link.pid))
        if line["kind"] == "ready":
            link.kill("the test has seen it")

    async def seen():
        link = Link(0, heard)
        why = await link.live(Late(WORKER), Job("inline", None), None, handed=True)
        return link.pid, why

    pid, why = asyncio.run(asyncio.wait_for(seen(), 60))
    assert isinstance(pid, int)
    assert [each for each in told if each[0] != "beat"] == [("started", pid), ("ready", pid)]
    assert "the test has seen it" in why
