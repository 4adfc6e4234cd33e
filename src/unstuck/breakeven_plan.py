"""What the break-even finder measures: which task with which payload, the quickest first.

Steps are chosen so that a payload is neither nothing nor everything beside its task. Large tasks
(1 s, 10 s) are never run: what they take is computed from the line of the smaller ones.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from unstuck.capacity import usable_memory
from unstuck.workloads import ARTICLE_NUMBER, is_prime, sized_exactly

KIB, MIB = 2**10, 2**20
PAYLOADS = (0, 64 * KIB, MIB, 16 * MIB, 64 * MIB)
_TASKS_MS = (0.01, 0.1, 1.0, 10.0, 100.0)
_SMALL_TASKS_MS = (0.1, 1.0, 10.0)
_QUICK_MS = 50.0  # tasks below get two more rounds


@dataclass(frozen=True)
class Step:
    """Tasks of one size with one payload: the number to check, and in how many rounds."""

    number: int
    task_ms: float
    payload_bytes: int
    rounds: int
    slow: bool  # whether hatches that start a worker per task take part

    def seconds(self, hatches: int, tasks: int) -> float:
        """About how long it takes for so many hatches, with so many tasks at once in each."""
        each_ms = self.task_ms + self.payload_bytes / MIB  # a copy there and back: about 1 ms a MiB
        starts = 0.4 if self.slow else 0.0  # seconds for one round of starts
        return self.rounds * (hatches * tasks * each_ms / 1e3 + starts)


def is_small() -> bool:
    """Say whether UNSTUCK_SMALL=1 asks for little work."""
    return os.environ.get("UNSTUCK_SMALL") == "1"


def tasks_ms() -> tuple[float, ...]:
    """Return the task sizes to run, in milliseconds."""
    return _SMALL_TASKS_MS if is_small() else _TASKS_MS


def top_payload(memory: int | None = None) -> int:
    """Return the most bytes to send: a 32nd of the memory, at most 64 MiB; 16 MiB up to 2 GiB.

    `memory` is bytes, 0 where unknown, None to ask this machine.
    """
    memory = usable_memory() if memory is None else memory
    return min(64 * MIB if memory > 2 * 2**30 else 16 * MIB, memory // 32 or 16 * MIB)


def checked(payloads: Sequence[int] | None) -> list[int]:
    """Return the payloads in bytes, smallest first; None takes those that fit this machine.

    ValueError for none at all, and for one that is no whole number from 0 to 64 MiB.
    """
    if payloads is None:
        most = MIB if is_small() else top_payload()
        return [size for size in PAYLOADS if size <= most]
    if not payloads:
        raise ValueError("payloads must name at least one size in bytes, such as 0")
    for size in payloads:
        if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= PAYLOADS[-1]:
            raise ValueError(f"a payload must be 0 to {PAYLOADS[-1]} bytes, not {size!r}")
    return sorted(set(payloads))


def checked_budget(seconds: float) -> float:
    """Return the seconds, where they are a number above 0 and at most 600; else ValueError."""
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not number or not 0 < seconds <= 600:
        raise ValueError(f"budget_seconds must be above 0 and at most 600, not {seconds!r}")
    return float(seconds)


def fits(task_ms: float, payload: int) -> bool:
    """Say whether a task is worth running with a payload; the twin chooses by the same rule."""
    if payload == 0:
        return True
    return task_ms >= payload / (8 * MIB) and (payload >= MIB or task_ms < 100)


def steps(payloads: Sequence[int]) -> list[Step]:
    """Return the steps for prime checks of each size, by payload, then by size."""
    sizes = tasks_ms()
    found = [(ms, size) for size in payloads for ms in sizes if fits(ms, size)]
    return [_step(ms, size, ms in (sizes[-3], sizes[-1])) for ms, size in found]


def article_step() -> Step:
    """Return the step of the article's own prime check, whose time is measured here."""
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        is_prime(ARTICLE_NUMBER)
        taken.append(1e3 * (time.perf_counter() - start))
    ms = float(f"{min(taken):.3g}")
    return Step(ARTICLE_NUMBER, ms, 0, rounds_of(ms), slow=True)


def _step(ms: float, size: int, slow: bool) -> Step:
    _, number = sized_exactly("prime", ms / 1e3)
    return Step(
        number, ms, size, rounds_of(ms), slow and size in (0, MIB) and (size == 0 or ms > 5)
    )


def rounds_of(task_ms: float) -> int:
    """Return 3 rounds, or 5 for quick tasks, which a busy moment hits harder."""
    return 5 if task_ms < _QUICK_MS and not is_small() else 3
