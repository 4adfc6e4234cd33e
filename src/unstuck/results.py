"""Results kept in a file, to be compared with later: one JSON form for trials and passages.

    keep("yesterday.json", trials)
    lag_chart(trials + read("yesterday.json"))

A file is data and never code. What it says is checked field by field, for it may come from anybody:
what is read is labelled as recorded, with the machine and the date it comes from.
"""

import json
import math
import types
import typing
from collections.abc import Sequence
from dataclasses import MISSING, fields, replace
from pathlib import Path

from unstuck.passages import Passage
from unstuck.trial import Trial

FORMAT = "unstuck results 1"
KINDS = {"trial": Trial, "passage": Passage}
MOST_BYTES = 5_000_000
MOST_TEXT = 2_000  # characters of one text


class NotResults(ValueError):
    """A file that does not hold results of the course; the text says what is wrong with it."""


def keep(path: str | Path, results: Sequence[Trial | Passage]) -> Path:
    """Write results into a JSON file and return its path; a file that is there is replaced.

    ValueError where there are none, or where one is no Trial and no Passage.
    """
    kinds = {kind: cls for kind, cls in KINDS.items() if any(isinstance(r, cls) for r in results)}
    if len(kinds) != 1 or not all(isinstance(r, *kinds.values()) for r in results):
        raise ValueError("give a list of trials, or a list of passages, with at least one in it")
    text = json.dumps(
        {"format": FORMAT, "kind": next(iter(kinds)), "results": [r.as_dict() for r in results]},
        indent=1,
        default=repr,  # the answer of a trial may be anything
    )
    path = Path(path)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read(path: str | Path) -> list:
    """Return the trials or passages of a file, each labelled as recorded.

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
    if found.get("kind") not in KINDS or not isinstance(found.get("results"), list):
        raise NotResults(f"{path.name} has no list of {' or '.join(KINDS)} results.")
    cls = KINDS[found["kind"]]
    return [_one(cls, row, f"{path.name}, result {n}") for n, row in enumerate(found["results"], 1)]


def _one(cls: type, row: object, where: str) -> Trial | Passage:
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
    if not values["runs"]:
        raise NotResults(f"{where} has no runs.")
    return replace(cls(**values), recorded=True)


def _checked(hint: object, value: object, where: str) -> object:
    """Return the value in the field's type; NotResults where it is of another one."""
    kind = typing.get_origin(hint)
    if kind is types.UnionType:
        options = typing.get_args(hint)
        if value is None and types.NoneType in options:
            return None
        return _checked(options[0], value, where)
    if kind is tuple and isinstance(value, list):
        return tuple(_checked(typing.get_args(hint)[0], each, where) for each in value)
    if hint is object or hint is dict:
        if hint is dict and not isinstance(value, dict):
            raise NotResults(f"{where} is no object.")
        return value
    if not _is(hint, value):
        raise NotResults(f"{where} is {str(value)[:40]!r}, which is not what stands there.")
    return hint(value)


def _is(hint: object, value: object) -> bool:
    if hint is str:
        return isinstance(value, str) and len(value) <= MOST_TEXT
    if hint is bool or isinstance(value, bool):
        return hint is bool and isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and value >= 0
    return hint is float and isinstance(value, int | float) and 0 <= value < math.inf
