"""Record result cards of this machine under a setting, for the workshop's pool to begin with.

python tools/record_cards.py --cpus 1    on one of the CPUs (Linux)

It writes workshop/cards/*.json, a file for each setting, which says how it was made. It imports
inside its functions: each worker imports the main script again, and what that costs is measured.
"""

import argparse
import asyncio
import os
import platform
import sys
from pathlib import Path

CARDS = Path(__file__).parent.parent / "workshop" / "cards"


def main() -> int:
    """Set up what was asked for, then measure; returns the exit code."""
    asked = _asked()
    cpus = sorted(os.sched_getaffinity(0))[: asked.cpus]
    if len(cpus) < asked.cpus:
        print(f"This process may use {len(cpus)} CPUs, not {asked.cpus}.", file=sys.stderr)
        return 2
    os.sched_setaffinity(0, cpus)  # its children inherit it
    words = [f"Python {'.'.join(platform.python_version_tuple()[:2])}"]
    words += [f"{asked.cpus} CPU{'s' * (asked.cpus != 1)} by affinity"]
    asyncio.run(_record(words))
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cpus", type=int, default=1, help="how many CPUs to use (1)")
    return parser.parse_args()


async def _record(words: list[str]) -> None:
    from unstuck.result_card import result_card

    name = "-".join(words).lower().replace(" ", "-").replace("-by-affinity", "")
    print(await result_card(CARDS / f"{name}.json", recorded=", ".join(words)))


if __name__ == "__main__":
    sys.exit(main())
