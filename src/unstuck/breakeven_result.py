"""A break-even: from which task on each hatch pays on one machine.

A hatch pays where several independent tasks at once (twice the usable workers) are done sooner
through it than one after the other in the loop, per task. So threads under the GIL never pay for
pure Python, and on one usable CPU nothing does: that is None, an answer and no failure.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from unstuck.breakeven_line import break_even, pairs
from unstuck.breakeven_points import Phases, Point, hatch_names
from unstuck.breakeven_words import shown, told


@dataclass(frozen=True, repr=False)
class BreakEven:
    """What a search has found; `complete` is False where it was stopped or ran out of time.

    `memory` is resident bytes per worker by hatch: of its process, or for hatches inside this one
    (threads, interpreters, node pool) the growth of this one, divided among the workers.
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

    @property
    def breakeven_ms(self) -> dict[str, float | None]:
        """By hatch, the task in milliseconds from which on it pays, without payload.

        None: never up to 10 s, or not clearly. Clearly means that the median round is below 0.9 of
        the loop's time and three of four rounds are below it: the margin is the rounds' spread.
        """
        return {name: ms for name, (ms, _) in self._found(0).items()}

    @property
    def computed(self) -> set[str]:
        """The hatches whose break-even lies beyond what was run: it is computed from a line."""
        return {name for name, (_, computed) in self._found(0).items() if computed}

    @property
    def breakeven_by_payload(self) -> dict[str, dict[int, float | None]]:
        """By hatch and payload in bytes, the task in ms from which on it pays, or None."""
        by_hatch: dict[str, dict[int, float | None]] = {}
        for payload in sorted({point.payload_bytes for point in self.points}):
            for name, (ms, _) in self._found(payload).items():
                by_hatch.setdefault(name, {})[payload] = ms
        return by_hatch

    def _found(self, payload: int) -> dict[str, tuple[float | None, bool]]:
        found = {name: pairs(self.points, name, payload) for name in hatch_names(self.points)}
        return {
            name: (None, False) if self.cpus == 1 else break_even(each)
            for name, each in found.items()
            if each
        }

    @property
    def sentence(self) -> str:
        """The finding in words."""
        return " ".join(
            [told(self.points, self.breakeven_ms, self.computed, self.cpus), *self._gaps]
        )

    @property
    def _gaps(self) -> list[str]:
        stopped = [] if self.complete or not self.points else ["Not all was measured."]
        return stopped + list(self.notes)

    def __repr__(self) -> str:
        if not self.points:
            return self.sentence
        table = shown(self.points, self.breakeven_ms, self.computed)
        return "\n".join([*table, self.sentence, f"{self.machine}, {self.date}"])

    def as_dict(self) -> dict:
        """The result as plain JSON values, with what follows from its points."""
        by_payload = self.breakeven_by_payload.items()
        return {
            **asdict(self),
            "points": [point.as_dict() for point in self.points],
            "phases": [each.as_dict() for each in self.phases],
            "notes": list(self.notes),
            "breakeven_ms": self.breakeven_ms,
            "breakeven_by_payload": {
                name: {str(size): ms for size, ms in each.items()} for name, each in by_payload
            },
            "computed": sorted(self.computed),
            "sentence": self.sentence,
        }

    @classmethod
    def from_dict(cls, values: Mapping) -> "BreakEven":
        """Return the result that `as_dict` gave. ValueError where the values are not of one."""
        try:
            points = tuple(map(_point, values["points"]))
            phases = tuple(Phases(**each) for each in values["phases"])
            names = ("memory", "machine", "cpus", "versions", "date", "complete")
            rest = {name: values[name] for name in names}
            return cls(points, phases, notes=tuple(values["notes"]), **rest)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no result of the break-even finder: {error!r}") from error


def _point(values: Mapping) -> Point:
    known = {name: each for name, each in values.items() if name not in ("median_ms", "spread")}
    if not (point := Point(**known)).runs_ms:
        raise ValueError(f"a point of {point.hatch} has no runs")
    lists = {"runs_ms": tuple(point.runs_ms), "pids": tuple(point.pids)}
    return Point(**{**known, **lists})
