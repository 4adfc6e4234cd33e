"""What each reader of a profile asks of its values: a sentence in place of a strange exception."""

import math

MOST_CALLS = 500_000  # different calls of one profile: more than anybody can look at
DEEPEST = 10_000  # calls in one stack
_LARGEST = 1e12  # of a time, in whatever unit: some 30,000 years in seconds


class NotAProfile(ValueError):
    """A file that cannot be read as a profile; the text says why, and what can be read."""


def number(value: object, what: str) -> float:
    """A finite number of ordinary size as a float; NotAProfile for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LARGEST:
        raise NotAProfile(f"{what} is no ordinary number.")
    if not math.isfinite(value):
        raise NotAProfile(f"{what} is not finite.")
    return float(value)


def listed(value: object, what: str) -> list:
    """A list; NotAProfile for anything else."""
    if not isinstance(value, list):
        raise NotAProfile(f"{what} is no list.")
    return value


def mapped(value: object, what: str) -> dict:
    """A dict; NotAProfile for anything else."""
    if not isinstance(value, dict):
        raise NotAProfile(f"{what} is no object.")
    return value


def few_enough(calls: int) -> None:
    """Refuse more calls than can be drawn."""
    if calls > MOST_CALLS:
        raise NotAProfile(f"It has more than {MOST_CALLS} calls: profile a shorter time.")


def shallow_enough(depth: int) -> None:
    """Refuse stacks that no program has."""
    if depth > DEEPEST:
        raise NotAProfile(f"It has a stack of more than {DEEPEST} calls.")
