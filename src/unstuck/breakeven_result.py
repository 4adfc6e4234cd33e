"""A break-even: from which task on each hatch pays on one machine.

A hatch pays where several independent tasks at once are done sooner through it than one after the
other in the loop, per task. So threads under the GIL never pay for pure Python, and on one usable
CPU nothing does: that is None, an answer and no failure.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from unstuck.breakeven_line import Crossing, break_even
from unstuck.breakeven_points import Phases, Point, hatch_names, of_hatch
from unstuck.breakeven_words import busy, shown, told


@dataclass(frozen=True, repr=False)
class BreakEven:
    """What a search has found; `complete` is False where it was stopped or ran out of time.

    `memory` is resident bytes per worker by hatch: of its process, or for hatches inside this one
    (threads, interpreters, node pool) the growth of this one, divided among the workers.
    `recorded` is True where it was read from a file. ValueError where the values cannot be.
    """

    points: tuple[Point, ...]
    phases: tuple[Phases, ...] = ()
    memory: Mapping[str, int] = field(default_factory=dict)
    machine: str = ""
    cpus: int = 1
    versions: Mapping[str, str] = field(default_factory=dict)
    date: str = ""
    complete: bool = True
    notes: tuple[str, ...] = ()
    recorded: bool = False

    def __post_init__(self) -> None:
        if self.cpus < 1:
            raise ValueError("there is no machine without a CPU")

    @property
    def breakeven_ms(self) -> dict[str, float | None]:
        """By hatch, the task in milliseconds from which on it pays, without payload.

        None: never up to 10 s, or not clearly. Clearly means that the median round is below 0.9 of
        the loop's time, and each round but one in five below it, there and at each larger task.
        """
        return {name: each.ms for name, each in self.crossings().items()}

    @property
    def breakeven_range_ms(self) -> dict[str, list[float | None] | None]:
        """By hatch, the two measured tasks in milliseconds between which the break-even lies.

        [0, high] where the smallest task paid, [low, None] where it lies beyond the largest one,
        and None where there is none.
        """
        return {name: each.range_ms for name, each in self.crossings().items()}

    @property
    def breakeven_by_payload(self) -> dict[str, dict[int, float | None]]:
        """By hatch and payload in bytes, the task in ms from which on it pays, or None."""
        by_hatch: dict[str, dict[int, float | None]] = {}
        for payload in sorted({point.payload_bytes for point in self.points}):
            for name, each in self.crossings(payload).items():
                by_hatch.setdefault(name, {})[payload] = each.ms
        return by_hatch

    @property
    def computed(self) -> set[str]:
        """The hatches whose break-even lies beyond what was run: it is computed from a line."""
        return {name for name, each in self.crossings().items() if each.computed}

    def with_point(self, point: Point) -> "BreakEven":
        """Return this result with one more point, the last; earlier rounds of it are kept."""
        others = {each.key: each for each in self.points}
        earlier = others.pop(point.key, None)
        point = earlier.joined(point) if earlier else point
        return replace(self, points=(*others.values(), point))

    def crossings(self, payload: int = 0) -> dict[str, Crossing]:
        """By hatch, where it crosses the loop with a payload of so many bytes."""
        found = {name: of_hatch(self.points, name, payload) for name in hatch_names(self.points)}
        return {
            name: Crossing() if self.cpus == 1 else break_even(each, of_hatch(self.points, name, 0))
            for name, each in found.items()
            if each
        }

    @property
    def sentence(self) -> str:
        """The finding in one sentence; further ones where it is unsure, or not all was measured."""
        stopped = "Not all was measured." if self.points and not self.complete else ""
        found = told(self.points, self.crossings(), self.cpus)
        return " ".join(filter(None, [found, busy(self.points), stopped]))

    @property
    def origin(self) -> str:
        """Where it was measured: machine, versions, date."""
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        recorded = "Recorded on " if self.recorded else ""
        return f"{recorded}{self.machine}; {versions}; {self.date}"

    def __repr__(self) -> str:
        if not self.points:
            return self.sentence
        table = shown(self.points, self.crossings(), self.memory)
        return "\n".join([*table, self.sentence, *self.notes, self.origin])

    def as_dict(self) -> dict:
        """The result as plain JSON values, with what follows from its points."""
        by_payload = self.breakeven_by_payload.items()
        return {
            **asdict(self),
            "points": [point.as_dict() for point in self.points],
            "notes": list(self.notes),
            "breakeven_ms": self.breakeven_ms,
            "breakeven_range_ms": self.breakeven_range_ms,
            "breakeven_by_payload": {
                name: {str(size): ms for size, ms in each.items()} for name, each in by_payload
            },
            "computed": sorted(self.computed),
            "sentence": self.sentence,
        }
