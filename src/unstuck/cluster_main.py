"""A primary in a process of its own: it prints what happens, and hears commands.

Its output is JSON lines, or sentences for people. An owner that started it (a notebook, a panel)
writes commands to its standard input.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable

from unstuck.children import end_with_owner
from unstuck.cluster_commands import Commands
from unstuck.cluster_plan import Plan
from unstuck.cluster_primary import Primary


def serve_cluster(plan: Plan, events: bool, as_json: bool) -> int:
    """Serve until TERM, Ctrl-C or a command; the exit code is 0, or 1 where no worker starts.

    With `events` all that happens is printed, as JSON; else only that it is ready, or failed.
    """
    return asyncio.run(_serve(plan, _printer(events, as_json)))


async def _serve(plan: Plan, on_event: Callable[[dict], None]) -> int:
    loop, primary = asyncio.get_running_loop(), Primary(plan, on_event)
    commands = Commands(primary, on_event)
    _stop_on_signals(loop, primary.stop)
    end_with_owner(lambda line: loop.call_soon_threadsafe(commands.do, line))
    if failure := await primary.run():
        on_event({"kind": "failed", "why": failure})
        print(f"unstuck: {failure}", file=sys.stderr)
        return 1
    on_event({"kind": "stopped"})
    return 0


def _stop_on_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def _printer(events: bool, as_json: bool) -> Callable[[dict], None]:
    """Return what prints an event: all of them, or the two that everybody wants to know."""

    def tell(event: dict) -> None:
        if event["kind"] == "ready":
            event = {**event, "primary": os.getpid(), "runtime": "python"}
        elif not events and event["kind"] != "failed":
            return
        text = json.dumps(event) if events or as_json else _words(event)
        with contextlib.suppress(BrokenPipeError):  # nobody listens; the workers serve on
            print(text, flush=True)

    return tell


def _words(event: dict) -> str:
    if event["kind"] == "failed":
        return "The cluster has stopped."
    note = f" ({event['note']})" if "note" in event else ""
    workers = ", ".join(map(str, event["workers"]))
    return f"Workers {workers} serve on {event['url']}{note}. Ctrl-C stops them."
