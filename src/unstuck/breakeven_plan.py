"""What the break-even finder measures: few rounds of few sizes first, then more near a crossing.

Tasks of 1 s and 10 s are never run: what they take is computed from the line of the smaller ones.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from unstuck.breakeven_budget import SECONDS as SECONDS
from unstuck.breakeven_line import to_measure
from unstuck.breakeven_points import HATCHES, INLINE, NEVER_WARM, Point, of_hatch
from unstuck.capacity import usable_memory
from unstuck.values import is_number
from unstuck.workloads import is_small

KIB, MIB = 2**10, 2**20
PAYLOADS = (0, 64 * KIB, MIB, 16 * MIB, 64 * MIB)
_MOST_MS = 300.0  # the longest task that is run
_FEW_MIB = 16  # from so much payload on, few tasks are handed over, without a warm-up
_FIRST_ROUNDS = 3
_LONG_MS = 50.0  # of longer tasks, or with much payload, as many are handed over as workers


@dataclass(frozen=True)
class Step:
    """Tasks of one size with one payload through some hatches of one runtime, the loop first."""

    runtime: str
    task_ms: float
    payload_bytes: int
    rounds: int
    hatches: tuple[str, ...]
    article: bool = False  # the article's own prime check: its time is measured

    def tasks(self, workers: int) -> int:
        """How many tasks are handed over at once."""
        return workers if self.task_ms >= _LONG_MS or self.heavy else 2 * workers

    @property
    def heavy(self) -> bool:
        """Whether its payload is so large that there is no warm-up."""
        return self.payload_bytes >= _FEW_MIB * MIB

    def seconds(self, workers: int) -> float:
        """About how long it takes; a copy there and back takes some 10 ms a MiB."""
        copying = len(set(self.hatches) - {*INLINE.values(), "threads"})
        starts = 100 * len(set(self.hatches) & set(NEVER_WARM))
        each_ms = len(self.hatches) * self.task_ms + 10 * copying * self.payload_bytes / MIB
        rounds = self.rounds if self.heavy else self.rounds + 1
        return rounds * (self.tasks(workers) * each_ms + starts) / 1e3

    def as_dict(self, workers: int) -> dict:
        """The step with all that follows from it, as plain JSON values."""
        facts = {"tasks": self.tasks(workers), "seconds": self.seconds(workers)}
        return {**asdict(self), **facts, "heavy": self.heavy}


def tasks_ms(payload: int) -> tuple[float, ...]:
    """Return the task sizes that are run first with a payload, in milliseconds.

    One task tells what a payload costs; where it begins to pay is looked for later.
    """
    if payload == 0:
        return (0.1, 10.0) if is_small() else (0.01, 0.1, 1.0, 10.0, 100.0)
    return (0.1 if payload < MIB else 1.0 if payload < _FEW_MIB * MIB else 10.0,)


def first_steps(runtime: str, names: Sequence[str], payloads: Sequence[int]) -> list[Step]:
    """Return the first steps of a runtime for the hatches that it has, by payload, then size."""
    slow = [name for name in NEVER_WARM if name in names]
    quick = tuple(name for name in names if name not in slow)
    rounds = 2 if is_small() else _FIRST_ROUNDS
    steps = [Step(runtime, 1.0, 0, rounds, (*quick, *slow), article=True)]
    for size in payloads:
        for ms in tasks_ms(size):
            with_slow = ms == tasks_ms(size)[-1] and size in (0, MIB) and not is_small()
            hatches = (*quick, *slow) if with_slow else quick
            steps.append(Step(runtime, ms, size, rounds, hatches))
    return steps


def more_steps(points: Sequence[Point], runtime: str, payload: int) -> list[Step]:
    """Return the steps that would tell the crossings of a runtime's hatches better."""
    wanted: dict[float, dict[str, int]] = {}
    most_ms = tasks_ms(0)[-1] if is_small() else _MOST_MS
    for name in HATCHES[runtime][1:]:
        found, free = of_hatch(points, name, payload), of_hatch(points, name, 0)
        live = found and not found[0].recorded
        for ms, rounds in (to_measure(found, free, most_ms) if live else {}).items():
            wanted.setdefault(ms, {})[name] = rounds
    return [
        Step(runtime, ms, payload, max(by_name.values()), (INLINE[runtime], *by_name))
        for ms, by_name in sorted(wanted.items())
    ]


def top_payload(memory: int | None = None) -> int:
    """Return the most bytes to send: a 32nd of the memory, at most 64 MiB; 16 MiB up to 4 GiB.

    `memory` is bytes, 0 where unknown, None to ask this machine.
    """
    memory = usable_memory() if memory is None else memory
    return min(64 * MIB if memory > 4 * 2**30 else 16 * MIB, memory // 32 or 16 * MIB)


def bounded(payloads: Sequence[int], memory: int | None = None) -> list[str]:
    """Return the sentence that says where memory (bytes) ends the payloads; none elsewhere."""
    memory = usable_memory() if memory is None else memory
    most = top_payload(memory)
    if max(payloads) < most or most >= PAYLOADS[-1]:
        return []
    return [f"Payloads end at {most / MIB:.3g} MiB, as there are {memory / 1e6:,.0f} MB of memory."]


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
    if not is_number(seconds) or not 0 < seconds <= 600:
        raise ValueError(f"budget_seconds must be above 0 and at most 600, not {seconds!r}")
    return float(seconds)
