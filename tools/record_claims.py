"""Record verdicts on the claims: what to expect of this kind of machine, and those of Node.js.

python tools/record_claims.py          runs the ledger once more, and adds what was seen
python tools/record_claims.py 5        five times; do it idle, beside other work, and on one CPU

It writes src/unstuck/recorded/claims_expected.json, and claims_node.json for who has no Node.js.
"""

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict
from importlib import resources
from pathlib import Path

from unstuck import hatches
from unstuck.claims import Verdict, ids, ledger
from unstuck.claims_recorded import EXPECTED, NODE, kind_of_machine
from unstuck.claims_seen import CANNOT
from unstuck.claims_table import claims_table
from unstuck.node_finder import find_node

FOLDER = Path(str(resources.files("unstuck"))) / "recorded"


def add(verdicts: list[Verdict], kind: str) -> None:
    """Add verdicts to those known of a kind of machine; tell of each that is new."""
    file = FOLDER / EXPECTED
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"kinds": {}}
    here = known["kinds"].setdefault(kind, {})
    for each in verdicts:
        if each.verdict != CANNOT and not each.recorded:
            seen = here.setdefault(f"{each.id} {each.runtime}", [])
            if each.verdict not in seen:
                seen[:] = sorted({*seen, each.verdict})
                print(f"new: {each.id} {each.runtime} {each.verdict}")
    write(EXPECTED, known)


def add_node(verdicts: list[Verdict]) -> None:
    """Keep the verdicts of Node.js; one that could not be told does not replace one that could."""
    file = FOLDER / NODE
    old = json.loads(file.read_text(encoding="utf-8"))["verdicts"] if file.is_file() else []
    kept = {each["id"]: each for each in old}
    told = [each for each in verdicts if each.runtime == "node" and not each.recorded]
    for each in told:
        if each.verdict != CANNOT or kept.get(each.id, {}).get("verdict", CANNOT) == CANNOT:
            kept[each.id] = asdict(each)
    ordered = [kept[id] for id in ids() if id in kept]
    write(NODE, {"node": node_version(), "verdicts": ordered})


def node_version() -> str:
    """Return the version of this machine's Node.js, such as "20.20.2"."""
    path = find_node().path
    if path is None:
        return ""
    words = [path, "--version"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()[1:]


def write(name: str, value: dict) -> None:
    """Write a record."""
    (FOLDER / name).write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def main(runs: int) -> None:
    """Run the ledger so many times, and record each."""
    for _ in range(runs):
        verdicts = asyncio.run(ledger())
        hatches.close()
        print(claims_table(verdicts))
        add(verdicts, kind_of_machine())
        if find_node().path is not None:
            add_node(verdicts)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
