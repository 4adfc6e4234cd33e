"""Writes what the notebooks say into workshop/: goals with their proofs, glossary, minutes.

    python tools/course_lists.py        after a change of a notebook

PROOFS names, goal by goal, the exercise that shows it. A notebook that is not in it gets all of its
exercises beside each goal.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKSHOP = ROOT / "workshop"
PROOFS = {
    "00_start_here": (
        'the line "Usable CPUs" of the learner\'s own card, read aloud',
        "a row in the table under the panel, with a prediction",
        "`python -m unstuck trial inline --runtime node`, run in a terminal",
    ),
    "01_blocked_loop": ("`blocked_loop.1`", "`blocked_loop.1`", "`blocked_loop.2`"),
    "02_profile_first": (
        "`profile_first.1`",
        "`profile_first.2`",
        "`profile_first.3`, `profile_first.4`",
    ),
    "03_child": (
        "`child.2`",
        "`child.1`, `child.3`",
        "the two attacks that get through, told in own words",
    ),
    "04_threads": ("`threads.1`", "`threads.2`", "`threads.3`"),
    "05_interpreters": (
        "the two trials of the notebook, compared in one sentence",
        "`interpreters.1`",
        "`interpreters.2`, `interpreters.3`",
    ),
    "06_pool": ("`pool.1`, `pool.2`", "`pool.4`", "`pool.3`"),
    "07_sharing": ("`sharing.3`", "`sharing.2`", "`sharing.1`"),
    "08_cluster": ("`cluster.1`", "`cluster.2`, `cluster.3`", "`cluster.4`"),
    "09_choosing": ("`choosing.1`", "`choosing.3`", "`choosing.2`, `choosing.4`"),
    "10_beyond_one_machine": (
        "`beyond_one_machine.1`, `beyond_one_machine.3`",
        "`beyond_one_machine.2`",
        "`beyond_one_machine.4`",
    ),
}
MADE = "<!-- Written by tools/course_lists.py from the notebooks. -->"
GOALS = f"""# Learning goals

{MADE}

What a learner can do after each notebook, in the words of its first cell, and what shows it. A name
such as `pool.1` is an exercise: `check("pool.1", answer)` judges it on the learner's own machine.
"""
GLOSSARY = f"""# Glossary

{MADE}

Each term as the notebooks explain it. Where two say it in other words, both stand.

| term | meaning | notebook |
| --- | --- | --- |
"""
BEGIN, END = "<!-- minutes: begin -->", "<!-- minutes: end -->"


def cells(path: Path) -> list[str]:
    """The source of each cell of a notebook."""
    return ["".join(cell["source"]) for cell in json.loads(path.read_text("utf-8"))["cells"]]


def notebooks(folder: Path = ROOT / "notebooks") -> list[Path]:
    """The course's notebooks, in their order."""
    return sorted(folder.glob("[0-9][0-9]_*.ipynb"))


def exercises(path: Path) -> list[str]:
    """The names of the exercises that a notebook checks, in its order."""
    found = re.findall(r'^check\("([a-z_]+\.\d+)"', "\n".join(cells(path)), flags=re.M)
    return list(dict.fromkeys(found))


def goals(path: Path) -> list[str]:
    """What a notebook's first cell promises."""
    return [goal.rstrip(";.") for goal in re.findall(r"^- (.+)$", cells(path)[0], flags=re.M)]


def proofs(path: Path) -> tuple[str, ...]:
    """What shows each of a notebook's goals."""
    every = ", ".join(f"`{name}`" for name in exercises(path)) or "no exercise yet"
    return PROOFS.get(path.stem, (every,) * len(goals(path)))


def goals_text() -> str:
    """The whole of learning_goals.md."""
    parts = [GOALS]
    for path in notebooks():
        rows = zip(goals(path), proofs(path), strict=True)
        table = "\n".join(f"| {goal} | {proof} |" for goal, proof in rows)
        parts.append(f"## {path.stem}\n\n| goal | shown by |\n| --- | --- |\n{table}\n")
    return "\n".join(parts)


def terms(path: Path) -> Iterator[tuple[str, str]]:
    """The terms of a notebook's glossary, each with its meaning."""
    _, _, text = cells(path)[-1].partition("**Glossary.**")
    text = " ".join(text.split("\n\n")[0].split())
    for term, meaning in re.findall(r"\*([^*]+)\*: (.*?)(?= \*[^*]+\*: |$)", text):
        yield term, meaning.strip().rstrip(".").replace("|", "\\|")


def glossary_text() -> str:
    """The whole of glossary.md, in alphabetical order; a meaning stands where it first comes."""
    found: dict[tuple[str, str], str] = {}
    for path in notebooks():
        for term, meaning in terms(path):
            found.setdefault((term, meaning), path.stem)
    rows = sorted(found.items(), key=lambda row: re.sub(r"^To ", "", row[0][0]).lower())
    return GLOSSARY + "".join(f"| {term} | {text} | {stem} |\n" for (term, text), stem in rows)


def timing_text(old: str) -> str:
    """timing.md with the minutes that each notebook names for itself."""
    head, rest = old.split(BEGIN)
    _, tail = rest.split(END)
    minutes = [re.search(r"(\d+) minutes", cells(path)[0])[1] for path in notebooks()]
    named = zip(notebooks(), minutes, strict=True)
    rows = "".join(f"| `{path.stem}` | {number} |\n" for path, number in named)
    table = f"| notebook | minutes |\n| --- | --- |\n{rows}"
    return f"{head}{BEGIN}\n\n{table}\n{END}{tail}"


def texts() -> dict[Path, str]:
    """Each file that is written, with its text."""
    timing = WORKSHOP / "timing.md"
    return {
        WORKSHOP / "learning_goals.md": goals_text(),
        WORKSHOP / "glossary.md": glossary_text(),
        timing: timing_text(timing.read_text("utf-8")),
    }


def main() -> int:
    """Write all of them."""
    for path, text in texts().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
