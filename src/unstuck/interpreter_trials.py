"""Interpreters on any Python: live where there are some, else as they were recorded.

A recorded result is labelled with the date, the machine and the Python it comes from.
"""

import json
from importlib import resources

from unstuck import crossing
from unstuck.hatches import interpreters
from unstuck.trial import Trial, measure

STEM = "python_interpreters"  # the file that tools/record.py writes under Python 3.14


async def trial(name: str, func, *args, repeats: int = 3) -> Trial:
    """Measure func(*args) in an interpreter, or return the recorded trial called `name`."""
    if interpreters.reason_missing() is None:
        return await measure(name, interpreters.run, func, *args, repeats=repeats)
    found = _record()
    values = next((each for each in found["trials"] if each["hatch"] == name), None)
    if values is None:
        raise ValueError(f"there is no recorded trial {name!r}: {interpreters.reason_missing()}")
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    return Trial(**{**values, **lists, "recorded": True, "note": _note(found)})


def crossing_table() -> crossing.Table:
    """What crosses to an interpreter: tried now, or as it was recorded."""
    return _table("crossing", crossing.crossing)


def importing_table() -> crossing.Table:
    """Which modules an interpreter can import: tried now, or as it was recorded."""
    return _table("importing", crossing.importing)


def _table(name: str, live) -> crossing.Table:
    if interpreters.reason_missing() is None:
        return live()
    found = _record()
    rows = tuple(tuple(row) for row in found[name]["rows"])
    return crossing.Table(tuple(found[name]["head"]), rows, _note(found))


def _record() -> dict:
    file = resources.files("unstuck") / "recorded" / f"{STEM}.json"
    return json.loads(file.read_text(encoding="utf-8"))


def _note(found: dict) -> str:
    python = found["versions"]["python"]
    return f"Recorded on {found['date']} on {found['machine']}, Python {python}."
