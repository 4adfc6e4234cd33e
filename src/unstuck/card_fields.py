"""What each field of a card is asked: a sentence in place of a strange exception.

No sentence repeats a word of the file.
"""

import json
import math
import re

from unstuck.values import is_number

MOST_BYTES = 20_000  # a card has some 1,500
_LONGEST_INT = 20  # digits


class NotACard(ValueError):
    """A file that is no result card; the text says why, in a sentence."""


def parsed(data: bytes) -> object:
    """Return the JSON value of a file; NotACard for what is too large, or none."""
    if len(data) > MOST_BYTES:
        raise NotACard(f"It is larger than {MOST_BYTES // 1000} KB, which no card is.")
    if not data.strip():
        raise NotACard("It is empty.")
    try:
        return json.loads(
            data, parse_int=_whole, parse_constant=_constant, object_pairs_hook=_object
        )
    except RecursionError:
        raise NotACard("It is nested more deeply than any card.") from None
    except NotACard:
        raise
    except ValueError:
        raise NotACard("It is not JSON.") from None


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_INT:
        raise NotACard(f"It has a number of {len(digits)} digits.")
    return int(digits)


def _constant(name: str) -> None:
    raise NotACard(f"It has {name} in the place of a number.")


def _object(pairs: list[tuple[str, object]]) -> dict:
    if len({name for name, _ in pairs}) < len(pairs):
        raise NotACard("It says one thing twice.")
    return dict(pairs)


def same_names(found: object, known: set[str], needed: set[str], what: str) -> None:
    """NotACard unless `found` is an object with all needed fields and no unknown one."""
    if not isinstance(found, dict):
        raise NotACard(f"{what} is no object.")
    if missing := sorted(needed - set(found)):
        raise NotACard(f"{what} lacks {missing[0]!r}.")
    if set(found) - known:
        raise NotACard(f"{what} has a field that no card has.")


def number(value: object, most: float, what: str) -> float:
    """Return a number above 0 and at most `most`; NotACard for anything else."""
    if not is_number(value) or not math.isfinite(value):
        raise NotACard(f"{what} is no number.")
    if not 0 < value <= most:
        raise NotACard(f"{what} cannot be: it is not above 0 and at most {most:g}.")
    return float(value)


def whole(value: object, least: int, most: int, what: str) -> int:
    """Return a whole number from least to most; NotACard for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotACard(f"{what} is no whole number.")
    if not least <= value <= most:
        raise NotACard(f"{what} cannot be: it is not from {least} to {most}.")
    return value


def text(value: object, pattern: re.Pattern, what: str) -> str:
    """Return a text that is all as the pattern says; NotACard for anything else."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise NotACard(f"{what} is not what stands there.")
    return value


def one_of(value: object, allowed: tuple, what: str) -> object:
    """Return a value that is one of those allowed; NotACard for anything else."""
    if type(value) is not type(allowed[0]) or value not in allowed:
        raise NotACard(f"{what} is none that a card can have.")
    return value
