"""The verb `claims` of `python -m unstuck`: run the claims of the course, and print the verdicts.

What runs them is imported where it is needed: each child process of the course imports this file.
"""

import argparse
import asyncio
import json
import sys

_BOTH = {"both": ("python", "node"), "python": ("python",), "node": ("node",)}


def add(verbs) -> argparse.ArgumentParser:
    """Add the verb to the subparsers of a command line."""
    parser = verbs.add_parser("claims", help="run the article's claims here, with verdicts")
    parser.add_argument("--only", metavar="IDS", help="such as P4,K3; all claims otherwise")
    parser.add_argument("--runtime", choices=tuple(_BOTH), default="both", help="where they run")
    parser.set_defaults(do=run)
    return parser


def run(asked) -> int:
    """Run what is asked for, and print it; ValueError for an unknown id.

    An interrupt keeps what was found: it is printed, and the exit code is 130.
    """
    from unstuck.claims import claim, ids

    chosen = (
        ids() if asked.only is None else [each.strip().upper() for each in asked.only.split(",")]
    )
    for each in chosen:
        claim(each)
    found: list = []
    try:
        asyncio.run(_found(chosen, asked, found))
        code = 0
    except KeyboardInterrupt:
        print("unstuck: stopped by you; this was found", file=sys.stderr)
        code = 130
    _print(found, asked.json)
    return code


async def _found(chosen: list[str], asked, found: list) -> None:
    from unstuck import hatches
    from unstuck.claims import ledger
    from unstuck.claims_table import line

    def heard(verdict) -> None:
        found.append(verdict)
        if not asked.json:
            print(line(verdict), flush=True)

    try:
        await ledger(chosen, _BOTH[asked.runtime], heard)
    finally:
        hatches.close()


def _print(found: list, as_json: bool) -> None:
    from unstuck.claims_table import claims_table

    if as_json:
        print(json.dumps([each.as_dict() for each in found]))
    else:
        print(claims_table(found).caption)
