"""The verb `load` of `python -m unstuck`: send requests, and tell people or programs what came."""

import argparse
import asyncio
import json
import math
from typing import TYPE_CHECKING

from unstuck.children import end_with_owner
from unstuck.load_plan import Plan
from unstuck.load_ticks import QUICK, Ticks
from unstuck.quick_loop import quick_loop

if TYPE_CHECKING:
    from unstuck.load import Load


def add(verbs) -> argparse.ArgumentParser:
    """Add the verb to the subparsers of a command line."""
    parser = verbs.add_parser("load", help="send light requests at a steady rate")
    parser.add_argument("url", help="http://127.0.0.1:PORT of a server of this machine")
    parser.add_argument(
        "--rate", type=float, help="requests a second (20; with --closed: as answers come)"
    )
    parser.add_argument("--seconds", type=float, default=5, help="how long to send them (5)")
    parser.add_argument(
        "--closed", action="store_true", help="ask again only when answered: it hides waiting"
    )
    parser.add_argument(
        "--new-connections", action="store_true", help="a new connection for each request"
    )
    parser.add_argument(
        "--connections", type=int, default=Plan.connections, help="open at once, at most (64)"
    )
    parser.add_argument(
        "--patience", type=float, default=Plan.patience, help="seconds to wait for an answer (20)"
    )
    parser.add_argument(
        "--events",
        action="store_true",
        help=f"print a JSON line for each request, or above {QUICK} a second each 0.1 s",
    )
    parser.set_defaults(do=run)
    return parser


def run(arguments) -> int:
    """Do what the words say and print what came of it; returns the exit code, 0."""
    end_with_owner()
    with asyncio.Runner(loop_factory=quick_loop()) as runner:
        seen = runner.run(_loaded(arguments))
    if arguments.events and arguments.json:
        from unstuck.load_result import packed

        _print_line({"kind": "load", **packed(seen)})
    elif arguments.json or arguments.events:
        _print_line({"kind": "load", **seen.as_dict()})
    else:
        print(told(seen))
    return 0


async def _loaded(arguments) -> "Load":
    from unstuck.load import load

    rate = arguments.rate
    if rate is None:
        rate = math.inf if arguments.closed else 20.0
    asked = arguments.url, rate, arguments.seconds
    options = {
        "closed": arguments.closed,
        "keep_alive": not arguments.new_connections,
        "connections": arguments.connections,
        "patience": arguments.patience,
    }
    if not arguments.events:
        return await load(*asked, **options)
    if rate <= QUICK:
        return await load(*asked, _print_line, **options)
    async with Ticks(_print_line) as ticks:
        return await load(*asked, ticks, **options)


def _print_line(line: dict) -> None:
    print(json.dumps(line), flush=True)


def told(seen: "Load") -> str:
    """The Load in plain words, a row for each thing to know."""
    figures = seen.as_dict()
    clock = "its sending; what it kept back while it waited is not seen" * seen.closed
    pace = len(seen.latencies) / (seen.seconds or 1)
    rows = {
        "sent": f"{figures['sent']} requests in {seen.seconds:.2f} s, "
        + ("each when another was answered" if seen.closed else "each when it was due"),
        "answered": f"{figures['answered']}, {pace:,.0f} a second",
        "failed": f"{seen.failed}",
        "latency": "p50 {p50_ms:.1f} ms, p99 {p99_ms:.1f} ms, max {max_ms:.1f} ms".format(**figures)
        + f", from {clock or 'the moment each was due'}",
        "waiting": f"{seen.most_waiting} at once, at most",
        "connections": f"{seen.connections} opened; {seen.retried} requests sent twice",
        "client": f"{seen.loop}, {figures['late_ms']:.1f} ms late at worst",
    }
    lines = [f"{name:13} {text}" for name, text in rows.items()]
    return "\n".join(lines + _failures(seen) + _processes(seen))


def _failures(seen: "Load") -> list[str]:
    return [
        f"failed        {count} {kind}: {seen.reasons.get(kind, '')}"
        for kind, count in seen.failures.items()
    ]


def _processes(seen: "Load") -> list[str]:
    return [
        f"answered by   process {pid or 'unnamed'}: {count} answers "
        f"on {seen.connections_by_pid.get(pid, 0)} connections"
        for pid, count in sorted(seen.pids.items(), key=str)
    ]
