"""Record this machine, for others to compare theirs with: its roads, and its break-even.

python tools/record_machine.py    in a quiet moment, with Node.js and the newest Python

It writes src/unstuck/recorded/machine_*.json, and the Node.js part of the break-even for those who
have no Node.js. It imports inside its functions: each worker imports the main script again, and
what that costs is measured.
"""

import asyncio
import json
from dataclasses import asdict


async def main() -> None:
    """Record both; SystemExit where the machine is too slow or too busy for the break-even."""
    await record_breakeven()
    await record_roads()


async def record_roads() -> None:
    """Keep what each road costs on this machine, for each shape."""
    from unstuck.payloads import SHAPES
    from unstuck.results import keep, recorded_path
    from unstuck.roads import try_roads

    found = [each for shape in SHAPES for each in await try_roads(shape)]
    print(keep(recorded_path("passage"), found))


async def record_breakeven() -> None:
    """Keep a break-even of this machine; its notes say whether the moment was quiet."""
    from unstuck.breakeven import find_breakeven
    from unstuck.results import keep, recorded_path

    found = await find_breakeven(budget_seconds=150)  # it ends when nothing is left to tell
    print(found)
    if not found.complete:
        raise SystemExit("Not kept, as not all was measured: record it in a quiet moment.")
    path = keep(recorded_path("breakeven"), [found])
    text = json.dumps(node_part(found), indent=1)
    path.with_name("breakeven.json").write_text(text + "\n", encoding="utf-8")


def node_part(found) -> dict:
    """Return what twins/breakeven.js would have told, as the recorded run of a twin."""
    points = [point for point in found.points if point.runtime == "node"]
    phases = [asdict(each) for each in found.phases if each.runtime == "node"]
    memory = {name: size for name, size in found.memory.items() if name.startswith("node")}
    result = {"kind": "breakeven", "phases": phases, "memory": memory, "skipped": []}
    result["versions"] = {"node": found.versions["node"]}
    lines = [{"kind": "point", **point.as_dict()} for point in points]
    origin = {"date": found.date, "machine": found.machine, "versions": dict(found.versions)}
    return {"stem": "breakeven", **origin, "lines": [*lines, result]}


if __name__ == "__main__":
    asyncio.run(main())
