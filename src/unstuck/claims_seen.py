"""A claim, the verdict on it, and the few ways in which an experiment comes to a verdict.

A verdict rests on facts where it can: process ids, counts, answers, exit codes, the order of
events. Where it rests on time, it needs the whole interval of several ratios on one side of a bar.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial

HOLDS, FAILS, DEPENDS, CANNOT = VERDICTS = ("holds", "fails", "depends", "cannot tell here")
RUNTIMES = ("python", "node")
GROUPS = {  # by the first letter of an id
    "P": "The problem",
    "C": "Child processes",
    "W": "Workers",
    "K": "Cluster",
    "D": "Choosing",
    "X": "What running the article shows",
}


@dataclass(frozen=True)
class Claim:
    """One sentence that can be run; `notebook` is the stem of the notebook that teaches it."""

    id: str
    sentence: str
    notebook: str

    @property
    def group(self) -> str:
        """The part of the article that it belongs to."""
        return GROUPS[self.id[0]]


@dataclass(frozen=True)
class Found:
    """What an experiment found: one of VERDICTS, one sentence, and numbers with their units."""

    verdict: str
    sentence: str
    numbers: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """The verdict on a claim in one runtime, with the numbers behind it.

    `recorded` is True where the experiment cannot run here and the verdict is another machine's.
    """

    id: str
    runtime: str
    verdict: str
    numbers: dict
    sentence: str
    machine: str = ""
    date: str = ""
    seconds: float = 0.0
    recorded: bool = False

    def as_dict(self) -> dict:
        """The verdict as plain JSON values."""
        return asdict(self)

    def __repr__(self) -> str:
        label = " (recorded)" if self.recorded else ""
        return f"{self.id} in {self.runtime}{label} {self.verdict}: {self.sentence}"


class CannotTell(Exception):
    """This machine cannot show it now; the text is the reason, as a sentence."""


Experiment = Callable[[], Coroutine[None, None, Found]]


def both(experiment: Callable[[str], Coroutine]) -> Mapping[str, Experiment]:
    """Return one experiment for both runtimes; it is called with the runtime's name."""
    return {runtime: partial(experiment, runtime) for runtime in RUNTIMES}


def settled(fact: bool, sentence: str, **numbers) -> Found:
    """The claim holds where `fact` is true, else it fails: for facts, never for times."""
    return Found(HOLDS if fact else FAILS, sentence, numbers)


def shown(fact: bool, sentence: str, verdict: str = HOLDS, **numbers) -> Found:
    """The claim has the verdict where `fact` is true; where it is not, nothing can be told.

    For what a busy machine may hide.
    """
    if fact:
        return Found(verdict, sentence, numbers)
    return Found(CANNOT, f"This run does not show it; the machine may be busy. {sentence}", numbers)


def above(ratios: Sequence[float], bar: float) -> bool | None:
    """True where all ratios are above the bar, False where all are below, else None."""
    if min(ratios) > bar:
        return True
    return False if max(ratios) < bar else None


def span(values: Sequence[float], digits: int = 3) -> str:
    """Return the least and the most of several values in words, such as "12 to 15"."""
    low, high = f"{min(values):.{digits}g}", f"{max(values):.{digits}g}"
    return low if low == high else f"{low} to {high}"
