"""What a value is that somebody gave: asked before it is compared, for its == may do anything."""

from collections.abc import Collection


def is_number(value: object) -> bool:
    """Say whether a value is a number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_one_of(value: object, allowed: Collection[str]) -> bool:
    """Say whether a value is one of these texts."""
    return isinstance(value, str) and value in allowed
