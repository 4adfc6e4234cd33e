"""Verdicts that were recorded: those of Node.js for who has none, and those expected of a machine.

A verdict that changes on a machine of the same kind is a fault: of the course, or of the claim.
"""

import json
import platform
from collections.abc import Iterable
from importlib import resources

from unstuck.abilities import has_interpreters
from unstuck.capacity import usable_cpus
from unstuck.claims_seen import CANNOT, Verdict

NODE, EXPECTED = "claims_node.json", "claims_expected.json"


def recorded_verdict(id: str, reason: str | None) -> Verdict:
    """Return the verdict on a claim in Node.js as it was recorded; `reason` says why not live."""
    record = _read(NODE)
    values = next((each for each in record.get("verdicts", []) if each["id"] == id), None)
    if values is None:
        return Verdict(id, "node", CANNOT, {}, reason or "It was not recorded.")
    origin = f"Recorded on {values['date']} on {values['machine']}, Node.js {record['node']}."
    sentence = f"{values['sentence']} {origin} {reason or ''}".strip()
    return Verdict(**{**values, "sentence": sentence, "recorded": True})


def kind_of_machine() -> str:
    """Return what decides over verdicts here: the system, its CPUs, and what this Python has."""
    cpus = "1 usable CPU" if usable_cpus() == 1 else "2 or more usable CPUs"
    have = "with" if has_interpreters() else "without"
    return f"{platform.system()}, {cpus}, Python {have} interpreters"


def expected(kind: str | None = None) -> dict[str, list[str]]:
    """Return the verdicts seen before on a kind of machine, by "P1 python"; {} where none was."""
    return _read(EXPECTED).get("kinds", {}).get(kind or kind_of_machine(), {})


def changes(verdicts: Iterable[Verdict], known: dict[str, list[str]]) -> list[str]:
    """Return a sentence for each verdict that is not among those known; none for "cannot tell"."""
    found = []
    for each in verdicts:
        name = f"{each.id} {each.runtime}"
        seen = known.get(name, [])
        if seen and not each.recorded and each.verdict not in (CANNOT, *seen):
            was = " or ".join(seen)
            found.append(f"{name} was {was}, and now: {each.verdict}. {each.sentence}")
    return found


def _read(name: str) -> dict:
    file = resources.files("unstuck") / "recorded" / name
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
