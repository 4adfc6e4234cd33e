"""What a value is that somebody gave: asked before it is compared, for its == may do anything."""

from collections.abc import Collection, Iterable

MOST_BYTES = 2**62  # far above any memory, and still a number that a system call takes


def is_number(value: object) -> bool:
    """Say whether a value is a number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_count(value: object, most: float = float("inf")) -> bool:
    """Say whether a value is a whole number from 1 to `most`."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def check_count(name: str, value: object, most: int) -> None:
    """Raise ValueError, calling the value `name`, where it is no whole number from 1 to `most`."""
    if not is_count(value, most):
        raise ValueError(f"{name} must be a whole number, 1 to {most}, not {value!r}")


def is_one_of(value: object, allowed: Collection[str]) -> bool:
    """Say whether a value is one of these texts."""
    return isinstance(value, str) and value in allowed


def check_kind(item: object, what: str, mark: str) -> None:
    """Raise TypeError, saying `what` is wanted, where `item` has no attribute `mark`."""
    if not hasattr(item, mark):
        raise TypeError(f"this takes {what}, and {item!r} is none")


def listed(items: object, what: str, mark: str) -> list:
    """Return items that have the attribute `mark` as a list; one alone is a list of one.

    TypeError, saying `what` is wanted, where anything else is among them.
    """
    if hasattr(items, mark):
        return [items]
    found = list(items) if isinstance(items, Iterable) else [items]
    for each in found:
        check_kind(each, what, mark)
    return found
