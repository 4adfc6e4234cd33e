"""The verb `serve` of `python -m unstuck`: one server, or a cluster of them on one port.

What serves is imported where it is asked for: each child process of the course imports this file.
"""

import argparse
import os
import subprocess

from unstuck import hatches
from unstuck.children import end_with_owner
from unstuck.cluster_plan import RUNTIMES, SPREADS, Plan


def add(verbs) -> argparse.ArgumentParser:
    """Add the verb to the subparsers of a command line."""
    parser = verbs.add_parser("serve", help="serve the app that gets blocked, on 127.0.0.1")
    parser.add_argument("--hatch", default="inline", help="what the heavy requests run in")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free port")
    parser.add_argument("--beats", action="store_true", help="print the loop's beats as JSON lines")
    cluster = parser.add_argument_group("a cluster of servers on one port")
    cluster.add_argument("--workers", type=int, help="how many processes serve")
    cluster.add_argument("--spread", choices=SPREADS, default=SPREADS[0], help="who spreads them")
    cluster.add_argument("--runtime", choices=RUNTIMES, default=RUNTIMES[0], help="of the workers")
    cluster.add_argument("--app", metavar="MODULE:NAME", help="an ASGI app of your own")
    cluster.add_argument("--events", action="store_true", help="print all that happens, as JSON")
    parser.set_defaults(do=run)
    return parser


def run(asked) -> int:
    """Do what the words say until the server is stopped; returns the exit code."""
    hatch = hatches.hatch(asked.hatch)
    workers = 1 if asked.workers is None else asked.workers
    plan = Plan(workers, asked.spread, asked.runtime, asked.hatch, asked.app, asked.port)
    if plan.runtime == "node":  # its twin of the hatch needs nothing of Python's
        return _serve_in_node(plan, asked.events)
    if reason := hatch.reason_missing():
        raise ValueError(reason)
    if asked.workers is None and asked.app is None:
        return _serve_alone(asked)
    return _serve_cluster(plan, asked)


def _serve_in_node(plan: Plan, events: bool) -> int:
    from unstuck.cluster import command

    return _become(*command(plan, events))


def _become(words: list[str], env: dict[str, str]) -> int:
    """Go on as another program, so that a signal to this process is one to it."""
    if os.name == "posix":
        os.execve(words[0], words, env)
    return subprocess.run(words, env=env, check=False).returncode


def _serve_cluster(plan: Plan, asked) -> int:
    from unstuck.cluster_main import serve_cluster

    return serve_cluster(plan, asked.events, asked.json)


def _serve_alone(asked) -> int:
    from unstuck.server import serve

    end_with_owner()
    try:
        serve(hatches.hatch(asked.hatch).run, asked.port, asked.beats)
    except OSError as error:
        raise ValueError(f"port {asked.port} cannot be had: {error.strerror}") from error
    return 0
