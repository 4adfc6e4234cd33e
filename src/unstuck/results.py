"""Results kept in a file, to be compared with later: one JSON form for all kinds of them.

    keep("yesterday.json", trials)
    lag_chart(trials + read("yesterday.json"))

A file is data and never code. What it says is checked field by field, for it may come from anybody:
what is read is labelled as recorded, with the machine and the date it comes from.
"""

import json
import sys
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, fields, is_dataclass, replace
from importlib import resources
from pathlib import Path

from unstuck.breakeven_result import BreakEven
from unstuck.cluster_kept import ClusterKept
from unstuck.passages import Passage
from unstuck.scoreboard_result import Scoreboard
from unstuck.seen import Seen
from unstuck.traces import Trace
from unstuck.trial import Trial

FORMAT = "unstuck results 1"
KINDS = {
    "trial": Trial,
    "passage": Passage,
    "trace": Trace,
    "breakeven": BreakEven,
    "watch": Seen,
    "scoreboard": Scoreboard,
    "cluster": ClusterKept,
}
MOST_BYTES = 5_000_000
MOST_TEXT = 2_000  # characters of one text
_MEASURED = ("runs", "tasks", "points")  # fields that hold what was measured: never empty


class NotResults(ValueError):
    """A file that does not hold results of the course; the text says what is wrong with it."""


def keep(path: str | Path, results: Sequence) -> Path:
    """Write results of one kind into a JSON file and return its path; an older file is replaced.

    ValueError where there are none, or where one is of no kind (`KINDS`), or of another.
    """
    kinds = {kind: cls for kind, cls in KINDS.items() if any(isinstance(r, cls) for r in results)}
    if len(kinds) != 1 or not all(isinstance(r, *kinds.values()) for r in results):
        raise ValueError("give a list of results of one kind, with at least one in it")
    text = json.dumps(
        {"format": FORMAT, "kind": next(iter(kinds)), "results": [asdict(r) for r in results]},
        indent=1,
        default=repr,  # the answer of a trial may be anything
    )
    path = Path(path)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read(path: str | Path) -> list:
    """Return the results of a file, each labelled as recorded.

    NotResults says what is wrong with the file; FileNotFoundError where there is none.
    """
    path = Path(path)
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise NotResults(f"{path.name} is larger than {MOST_BYTES / 1e6:.0f} MB.")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotResults(f"{path.name} is not JSON: {error}.") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise NotResults(f"{path.name} does not say that its form is {FORMAT!r}.")
    kind = found.get("kind")
    if not (isinstance(kind, str) and kind in KINDS and isinstance(found.get("results"), list)):
        raise NotResults(f"{path.name} has no list of {' or '.join(KINDS)} results.")
    rows = enumerate(found["results"], 1)
    read = [_one(KINDS[kind], row, f"{path.name}, result {number}") for number, row in rows]
    return [replace(each, recorded=True) for each in read]


def recorded_path(kind: str) -> Path:
    """Return the file of results that ships with the course: of a "passage" or a "breakeven"."""
    return Path(str(resources.files("unstuck"))) / "recorded" / f"machine_{kind}.json"


def _one(cls: type, row: object, where: str) -> object:
    """Return an object of a dataclass from a JSON object; NotResults where it is none of it."""
    if not isinstance(row, dict):
        raise NotResults(f"{where} is no object.")
    known = {each.name: each for each in fields(cls)}
    if extra := set(row) - set(known):
        raise NotResults(f"{where} has an unknown field: {sorted(extra)[0][:40]!r}.")
    hints, values = typing.get_type_hints(cls), {}
    for name, each in known.items():
        if name in row:
            values[name] = _checked(hints[name], row[name], f"{where}, {name}")
        elif each.default is MISSING and each.default_factory is MISSING:
            raise NotResults(f"{where} lacks the field {name!r}.")
        if name in _MEASURED and not values[name]:
            raise NotResults(f"{where} has no {name}.")
    try:
        return cls(**values)
    except ValueError as error:
        raise NotResults(f"{where}: {error}.") from None


def _checked(hint: object, value: object, where: str) -> object:
    """Return the value in the field's type; NotResults where it is of another one."""
    kind, inside = typing.get_origin(hint), typing.get_args(hint)
    if kind is types.UnionType:
        none = value is None and types.NoneType in inside
        return None if none else _checked(inside[0], value, where)
    if kind is tuple and isinstance(value, list):
        return tuple(_checked(inside[0], each, where) for each in value)
    if kind is Mapping and isinstance(value, dict):
        return {_checked(str, k, where): _checked(inside[1], v, where) for k, v in value.items()}
    if is_dataclass(hint):
        return _one(hint, value, where)
    if hint is object or (hint is dict and isinstance(value, dict)):
        return value
    if not _is(hint, value):
        raise NotResults(f"{where} is {str(value)[:40]!r}, which is not what stands there.")
    return hint(value)


def _is(hint: object, value: object) -> bool:
    if hint is str:
        return isinstance(value, str) and len(value) <= MOST_TEXT and _is_writable(value)
    if hint is bool or isinstance(value, bool):
        return hint is bool and isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and 0 <= value < 2**63
    return hint is float and isinstance(value, int | float) and 0 <= value < sys.float_info.max


def _is_writable(text: str) -> bool:
    """Say whether a text can be sent on: half of a pair of surrogates cannot."""
    return text.isascii() or text == text.encode("utf-8", "ignore").decode("utf-8")
