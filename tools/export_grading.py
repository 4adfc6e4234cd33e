"""Write the course's exercises as an assignment for nbgrader, with a time limit for each.

python tools/export_grading.py FOLDER [NOTEBOOK ...] [--seconds 60]
cd FOLDER; nbgrader generate_assignment unstuck; nbgrader autograde unstuck; nbgrader export

FOLDER becomes an nbgrader course. Its notebooks hold what the exercises need and no experiment. Of
each exercise there are two cells: the answer's, and a locked one that checks it for one point.
"""

import argparse
import ast
import json
import re
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from unstuck.progress_cells import all_cells, definitions, exercise_of, source

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
ASSIGNMENT = "unstuck"
SECONDS = 60
_HEADING = re.compile(r"^### Exercise ", re.MULTILINE)
_STUB = "# your answer: in the place of the three dots"


def main(words: list[str] | None = None) -> int:
    """Write the course and say what is in it; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("notebooks", type=Path, nargs="*", help="all of the course, if none")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for each exercise (60)")
    asked = parser.parse_args(words)
    paths = asked.notebooks or sorted(NOTEBOOKS.glob("*.ipynb"))
    names = export(asked.folder, paths, asked.seconds)
    print(f"{len(names)} exercises, each for at most {asked.seconds} s: {', '.join(names)}")
    return 0


def export(folder: Path, paths: list[Path], seconds: int = SECONDS) -> list[str]:
    """Write the course for nbgrader; the names of the exercises that are in it."""
    target = folder / "source" / ASSIGNMENT
    target.mkdir(parents=True, exist_ok=True)
    config = json.dumps(configuration(seconds), indent=1)
    (folder / "nbgrader_config.json").write_text(config + "\n", encoding="utf-8")
    names = []
    for path in paths:
        found = [name for name in map(exercise_of, all_cells(path)) if name]
        if found:
            nbformat.write(assignment(all_cells(path)), target / path.name)
        names += found
    return names


def configuration(seconds: int) -> dict:
    """Return nbgrader's settings: a cell that does not end is interrupted, and counts 0."""
    return {
        "CourseDirectory": {"course_id": ASSIGNMENT},
        "ExecutePreprocessor": {"timeout": seconds, "interrupt_on_timeout": True},
        "ClearSolutions": {"code_stub": {"python": _STUB}},
    }


def assignment(cells: list[dict]) -> nbformat.NotebookNode:
    """Return a notebook of the exercises: its title, what they need, then each of them."""
    first = next(n for n, cell in enumerate(cells) if _HEADING.search(source(cell)))
    title = source(cells[0]).partition("\n")[0]
    needed = [definitions(source(cell)) for cell in cells[:first] if cell["cell_type"] == "code"]
    made = [new_markdown_cell(title), *map(new_code_cell, filter(None, needed))]
    heading = source(cells[first])
    begin = {**cells[first], "source": heading[_HEADING.search(heading).start() :]}
    for cell in [begin, *cells[first + 1 :]]:
        made += _made(cell)
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=made, metadata={"kernelspec": spec})


def _made(cell: dict) -> list:
    """Return what becomes of a cell: an exercise becomes two, the rest stays as it is."""
    text = source(cell)
    if cell["cell_type"] == "markdown":
        return [] if "**Glossary.**" in text else [new_markdown_cell(text)]
    name = exercise_of(cell)
    if not name:
        return [new_code_cell(text)]
    answer = _answer(text)
    check = f"from unstuck.progress import graded\n\ngraded({name!r}, {answer})"
    grade_id = name.replace(".", "-").replace("_", "-")
    return [
        _marked(_stub(text, name, answer), f"answer-{grade_id}", solution=True),
        _marked(check, f"check-{grade_id}", grade=True, locked=True, points=1),
    ]


def _answer(text: str) -> str:
    """Return the name that an exercise's cell gives its answer: the check's second argument."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    check = next(call for call in calls if ast.unparse(call.func) == "check")
    return ast.unparse(check.args[1])


def _stub(text: str, name: str, answer: str) -> str:
    """Return the answer's cell, with the course's own solution for the teacher's copy alone."""
    before = text[: text.index("check(")].rstrip()
    solved = f"from unstuck.exercises.exercise import find\n\n{answer} = find({name!r}).answer"
    return f"{before}\n### BEGIN SOLUTION\n{solved}\n### END SOLUTION"


def _marked(text: str, grade_id: str, **more) -> nbformat.NotebookNode:
    """Return a code cell with nbgrader's marks."""
    marks = {"grade": False, "solution": False, "locked": False, "task": False}
    marks |= {"schema_version": 3, "grade_id": grade_id, **more}
    return new_code_cell(text, metadata={"nbgrader": marks})


if __name__ == "__main__":
    sys.exit(main())
