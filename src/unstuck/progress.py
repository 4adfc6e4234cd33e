"""How far have you come? All exercises in one table: right, not yet, not tried, cannot tell here.

    progress({"threads.1": prediction, "threads.2": my_add})

What is not given counts as not tried yet. `unstuck.progress_notebook` takes the answers from a
notebook file. `graded` is what an exported assignment asks.
"""

import html
import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unstuck import exercises
from unstuck.exercises.exercise import OUTCOMES, Result, check
from unstuck.trial import today

FORMAT = "unstuck progress 1"
_TRIES = 3  # of an exercise that a busy machine could not judge


@dataclass(frozen=True)
class Progress:
    """Exercises by name, each with its Result."""

    results: Mapping[str, Result]
    date: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """How many exercises have each outcome."""
        outcomes = [result.outcome for result in self.results.values()]
        return {outcome: outcomes.count(outcome) for outcome in OUTCOMES}

    @property
    def sentence(self) -> str:
        """The whole in one sentence."""
        told = ", ".join(f"{number} {outcome}" for outcome, number in self.counts.items())
        return f"Of {len(self.results)} exercises: {told}."

    def as_dict(self) -> dict:
        """Names and outcomes as JSON knows them; no sentence, for it may quote your code."""
        outcomes = {name: result.outcome for name, result in self.results.items()}
        return {"format": FORMAT, "date": self.date, "outcomes": outcomes}

    def keep(self, path: str | Path) -> Path:
        """Write the progress card, which has no name in it, into a JSON file; return its path."""
        path = Path(path)
        path.write_text(json.dumps(self.as_dict(), indent=1) + "\n", encoding="utf-8")
        return path

    def __repr__(self) -> str:
        rows = self.results.items()
        lines = [f"{name:18} {each.outcome:17} {each.sentence}" for name, each in rows]
        return "\n".join([*lines, self.sentence])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in ("exercise", "outcome", "why"))
        rows = ((name, each.outcome, each.sentence) for name, each in self.results.items())
        lines = ("".join(f"<td>{html.escape(text)}</td>" for text in row) for row in rows)
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"{table}<p>{html.escape(self.sentence)}</p>"


def names(stems: Sequence[str] | None = None) -> list[str]:
    """Return the names of all exercises, or of some stems, such as ["threads"]."""
    known = _stems()
    modules = {
        stem: importlib.import_module(f"unstuck.exercises.{stem}")
        for stem in (known if stems is None else stems)
        if stem in known
    }
    return [f"{stem}.{n}" for stem, module in modules.items() for n in module.EXERCISES]


def _stems() -> list[str]:
    """Return the modules that hold exercises; the others are not imported: one of them serves."""
    paths = sorted(Path(exercises.__file__).parent.glob("*.py"))
    return [each.stem for each in paths if "\nEXERCISES" in each.read_text(encoding="utf-8")]


def progress(answers: Mapping[str, object]) -> Progress:
    """Check the answers, each for at most 20 s; what has none is not tried yet.

    A name that is no exercise's is told as not yet.
    """
    wanted = dict.fromkeys([*names(), *answers])
    return Progress({name: check(name, answers.get(name, ...)) for name in wanted}, today())


def graded(name: str, answer: object) -> Result:
    """Return the Result of a right answer; AssertionError with its sentence for any other.

    Where a busy machine cannot tell, it is asked up to three times; then a person has to judge.
    """
    for _ in range(_TRIES):
        result = check(name, answer)
        if result.outcome != "cannot tell here":
            break
    if result.outcome != "right":
        raise AssertionError(f"{name}: {result!r}")
    return result
