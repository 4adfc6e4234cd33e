"""A card out of a file that anybody may have written: each field is checked, or it is refused.

A file is data and never code. Whatever it holds, what comes of it is a ResultCard whose numbers can
be and whose words come out of fixed lists, or NotACard with a sentence.
"""

import datetime
import re
from collections.abc import Iterator

from unstuck.card_fields import NotACard, number, one_of, parsed, same_names, text, whole
from unstuck.card_form import FORMAT, HATCHES, SYSTEMS, VERSION, Kind, ResultCard, Spread

_VERSION = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){1,2}[a-z0-9+.]{0,8}")
_WORDS = re.compile(r"[A-Za-z0-9 .,:()-]{0,80}")
_FIELDS = {"format", "version", "kind", "date"}  # what no card may lack
_LONGEST_START, _LONGEST_TASK = 600.0, 10_000.0  # seconds; milliseconds


def card_of(data: bytes) -> ResultCard:
    """Return the card that a file's bytes hold; NotACard says what is wrong with them."""
    found = parsed(data)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise NotACard("It is no result card: its first words do not say so.")
    if found.get("version") != VERSION or isinstance(found["version"], bool):
        raise NotACard("It is a card of another version of the course: make it again with this.")
    known = {*_FIELDS, "start", "breakeven", "speedup", "small", "busy", "recorded"}
    same_names(found, known, _FIELDS, "The card")
    return ResultCard(
        _kind(found["kind"]),
        _date(found["date"]),
        dict(_start(found)),
        dict(_breakeven(found)),
        dict(_speedup(found)),
        one_of(found.get("small", False), (False, True), "What it says of a small run"),
        one_of(found.get("busy", False), (False, True), "What it says of a busy machine"),
        text(found.get("recorded", ""), _WORDS, "How it was recorded"),
    )


def _kind(found: object) -> Kind:
    needed = {"system", "cpus", "memory_gb", "python"}
    same_names(found, needed | {"gil", "node", "cores"}, needed, "The kind of machine")
    node, cores = found.get("node"), found.get("cores")
    return Kind(
        one_of(found["system"], SYSTEMS, "The system"),
        whole(found["cpus"], 1, 1024, "The number of CPUs"),
        whole(found["memory_gb"], 0, 65_536, "The memory"),
        text(found["python"], _VERSION, "The version of Python"),
        one_of(found.get("gil", "on"), ("on", "off"), "The GIL"),
        None if node is None else text(node, _VERSION, "The version of Node.js"),
        None if cores is None else number(cores, 1024.0, "The number of cores"),
    )


def _date(value: object) -> str:
    try:
        date = datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise NotACard("Its date is none.") from None
    if date.isoformat() != value or not 2025 <= date.year < 2100:
        raise NotACard("Its date cannot be.")
    return value


def _hatches(found: dict, name: str) -> list[tuple[str, object]]:
    """Return the pairs of a mapping by hatch."""
    by_hatch = found.get(name, {})
    same_names(by_hatch, set(HATCHES), set(), f"Its part {name!r}")
    return list(by_hatch.items())


def _start(found: dict) -> Iterator[tuple[str, Spread]]:
    for name, each in _hatches(found, "start"):
        yield name, _spread(each, f"The start-up of {name}", _LONGEST_START)


def _breakeven(found: dict) -> Iterator[tuple[str, Spread | None]]:
    for name, each in _hatches(found, "breakeven"):
        what = f"The break-even of {name}"
        yield name, None if each is None else _spread(each, what, _LONGEST_TASK, zero=True)


def _speedup(found: dict) -> Iterator[tuple[int, Spread]]:
    by_workers = found.get("speedup", {})
    same_names(by_workers, {str(size) for size in range(1, 62)}, set(), "The speed-up")
    for size, each in by_workers.items():
        most = 3.0 * int(size)  # more than that no such number of workers can do
        yield int(size), _spread(each, f"The speed-up of {size} workers", most)


def _spread(found: object, what: str, most: float, zero: bool = False) -> Spread:
    """Return a Spread whose numbers are above 0, at most `most`, and in order; `low` may be 0."""
    names = {"median", "low", "high", "runs"}
    same_names(found, names, names, what)
    middle, high = (number(found[name], most, what) for name in ("median", "high"))
    low = 0.0 if zero and found["low"] == 0 else number(found["low"], most, what)
    if not low <= middle <= high:
        raise NotACard(f"{what}: its median lies outside its range.")
    return Spread(middle, low, high, whole(found["runs"], 1, 1000, what))
