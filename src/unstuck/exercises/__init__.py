"""Exercises that are checked against what really happens: `check`, `hint` and `solution`."""

from unstuck.exercises.exercise import Result, check, hint, solution

__all__ = ["Result", "check", "hint", "solution"]
