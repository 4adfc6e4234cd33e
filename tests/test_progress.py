"""Progress is what the checks say, of answers or of a notebook file, with a limit for each."""

import argparse
import csv
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from unstuck import progress as ours
from unstuck import progress_verb
from unstuck.exercises import solution
from unstuck.exercises.exercise import Result
from unstuck.progress import graded, names, progress
from unstuck.progress_cells import NotANotebook, all_cells, cells_of, definitions
from unstuck.progress_notebook import progress_of, result_in

pytestmark = pytest.mark.once  # Python's version changes nothing here

ROOT = Path(__file__).parents[1]
RIGHT = "from unstuck.exercises.exercise import find\npool_size = find('pool.4').answer\n"
CHECK = 'check("pool.4", pool_size)'
IMPORTS = "from unstuck.exercises import check"


def notebook(folder: Path, *exercises: str, before: tuple = (IMPORTS,)) -> Path:
    """A notebook file of plain cells, then exercise cells."""
    cells = [new_code_cell(text) for text in before]
    cells += [new_code_cell(text, metadata={"tags": ["exercise"]}) for text in exercises]
    path = folder / "mine.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


def test_all_exercises_have_a_name():
    assert {"blocked_loop.1", "threads.3", "pool.4", "cluster.4"} <= set(names())
    assert names(["threads"]) == ["threads.1", "threads.2", "threads.3"]
    assert names(["no such stem"]) == []


def test_what_is_not_given_is_not_tried_yet_and_the_rest_is_judged():
    found = progress({"pool.4": solution("pool.4"), "pool.1": (9, 9), "nothing.1": 7})
    assert found.results["pool.4"].outcome == "right"
    assert found.results["pool.1"].outcome == "not yet"
    assert "no exercise" in found.results["nothing.1"].sentence
    assert found.counts["not tried yet"] == len(names()) - 2
    assert found.sentence.startswith(f"Of {len(names()) + 1} exercises: 1 right, 2 not yet")
    assert "pool.4             right" in repr(found)


def test_a_progress_card_has_outcomes_and_no_words_of_the_learner(tmp_path):
    def pool_size(cpus, memory_mb, worker_mb):
        raise ValueError("written by Ada")

    found = progress({"pool.4": pool_size})
    assert "Ada" in repr(found)
    kept = json.loads(found.keep(tmp_path / "progress.json").read_text())
    assert set(kept) == {"format", "date", "outcomes"}
    assert "Ada" not in str(kept)
    assert set(kept["outcomes"].values()) <= {"not yet", "not tried yet"}


def test_its_table_shows_words_of_an_answer_as_text():
    found = ours.Progress({"pool.4": Result("not yet", "<script>alert(1)</script>")})
    assert "<script>" not in found._repr_html_()


def test_graded_passes_a_right_answer_and_tells_why_another_does_not():
    assert graded("pool.4", solution("pool.4")).outcome == "right"
    for wrong in (..., lambda cpus, memory_mb, worker_mb: 1):
        with pytest.raises(AssertionError, match=r"pool\.4: Not"):
            graded("pool.4", wrong)


def test_a_busy_machine_is_asked_again_and_then_left_to_a_person(monkeypatch):
    unsure, right = Result("cannot tell here", "Busy."), Result("right", "Yes.")
    said = [unsure, right]
    monkeypatch.setattr(ours, "check", lambda name, answer: said.pop(0))
    assert graded("pool.4", 1) is right
    said[:] = [unsure] * 3
    with pytest.raises(AssertionError, match="Cannot tell here"):
        graded("pool.4", 1)


def test_a_notebook_is_judged_cell_by_cell(tmp_path):
    untouched = 'started = ...\ncheck("pool.1", started)'
    broken = 'warm_all = undefined_name\ncheck("pool.2", warm_all)'
    found = progress_of(notebook(tmp_path, untouched, broken, RIGHT + CHECK)).results
    assert [(name, each.outcome) for name, each in found.items()] == [
        ("pool.1", "not tried yet"),
        ("pool.2", "not yet"),
        ("pool.4", "right"),
    ]
    assert "NameError" in found["pool.2"].sentence
    assert "into the exercise's cell" in found["pool.2"].sentence


def test_what_does_not_end_or_kills_its_kernel_costs_its_own_exercise_only(tmp_path):
    endless = 'while True: pass\ncheck("pool.1", 1)'
    deadly = 'import os\nos._exit(3)\ncheck("pool.2", 1)'
    path = notebook(tmp_path, endless, deadly, RIGHT + CHECK)
    found = progress_of(path, seconds=8).results
    assert "did not end within 8 s" in found["pool.1"].sentence
    assert "ended its kernel" in found["pool.2"].sentence
    assert found["pool.4"].outcome == "right"


def test_definitions_are_run_and_experiments_are_not(tmp_path):
    """An experiment that ends the kernel would be seen."""
    before = (IMPORTS, RIGHT.replace("pool_size =", "def made(): return"), "import os\nos._exit(1)")
    found = progress_of(notebook(tmp_path, "pool_size = made()\n" + CHECK, before=before))
    assert found.results["pool.4"].outcome == "right"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("import os\nos.remove('x')", "import os"),
        ("x = 1\ny = x + 1\nprint(y)", "x = 1\ny = x + 1"),
        ("trials = [await measure('x')]", ""),
        ("(pid,) = one.pids", ""),
        ("f = lambda n: g(n)", "f = lambda n: g(n)"),
        ("async def f():\n    await g()", "async def f():\n    await g()"),
        ("%%time\n1 + 1", ""),
        ("!rm -rf x", ""),
        ("(" * 5000, ""),
        ("a\0b", ""),
    ],
)
def test_what_a_cell_defines(text, kept):
    assert definitions(text) == kept


def test_an_exercise_is_a_cell_that_is_tagged_and_checks(tmp_path):
    cells = [
        {"cell_type": "code", "metadata": {"tags": ["exercise"]}, "source": [CHECK]},
        {"cell_type": "code", "metadata": {"tags": ["exercise"]}, "source": "x = 1"},
        {"cell_type": "code", "metadata": {}, "source": CHECK},
        {"cell_type": "code", "metadata": 7, "source": "y = 2"},
        {"cell_type": "markdown", "source": CHECK},
        {},
    ]
    assert [cell.exercise for cell in cells_of(cells)] == ["pool.4", "", ""]


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b"[]", b'{"cells": 7}', b"\xff\xfe"])
def test_what_is_no_notebook_is_told(tmp_path, data):
    (tmp_path / "x.ipynb").write_bytes(data)
    with pytest.raises(NotANotebook, match=r"x\.ipynb .* no notebook"):
        all_cells(tmp_path / "x.ipynb")


@pytest.mark.parametrize("seconds", [0, -1, 601, float("nan")])
def test_a_time_limit_is_a_time(seconds):
    with pytest.raises(ValueError, match="seconds must be"):
        progress_of("x.ipynb", seconds=seconds)


def test_only_a_cells_value_is_heard():
    printed = ("stream", {"name": "stdout", "text": "Right. I said so."})
    assert result_in([printed]).outcome == "not yet"
    shown = ("execute_result", {"data": {"text/plain": "Not yet. It blocks."}})
    assert result_in([printed, shown]) == Result("not yet", "It blocks.")


def asked(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    progress_verb.add(parser.add_subparsers()).add_argument("--json", action="store_true")
    return parser.parse_args(["progress", *words])


def test_the_verb_tells_and_keeps(tmp_path, capsys):
    path, card = notebook(tmp_path, RIGHT + CHECK), tmp_path / "card.json"
    words = asked(str(path), "--keep", str(card), "--json")
    assert words.do(words) == 0
    outcomes = json.loads(capsys.readouterr().out)["outcomes"]
    assert outcomes == json.loads(card.read_text())["outcomes"] == {"pool.4": "right"}
    words = asked(str(tmp_path / "none.ipynb"))
    with pytest.raises(ValueError, match="cannot be read"):
        words.do(words)


def exporter():
    """tools/export_grading.py as a module."""
    spec = importlib.util.spec_from_file_location("exporter", ROOT / "tools/export_grading.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_exercise_of_the_course_is_exported_with_a_check_that_is_locked(tmp_path):
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    found = exporter().export(tmp_path, paths, 45)
    tagged = [cell.exercise for path in paths for cell in cells_of(all_cells(path))]
    assert found == [name for name in tagged if name]
    cells = [c for p in tmp_path.rglob("*.ipynb") for c in nbformat.read(p, 4).cells]
    marks = [cell.metadata["nbgrader"] for cell in cells if "nbgrader" in cell.metadata]
    assert sum(mark["locked"] and mark["points"] for mark in marks if mark["grade"]) == len(found)
    assert sum(mark["solution"] for mark in marks) == len(found)
    settings = json.loads((tmp_path / "nbgrader_config.json").read_text())
    assert settings["ExecutePreprocessor"]["timeout"] == 45


def nbgrader(folder: Path, *words: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path}
    command = [sys.executable, "-m", "nbgrader", *words]
    options = {"cwd": folder, "env": env, "timeout": 250, "capture_output": True, "text": True}
    done = subprocess.run(command, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr


def hand_in(folder: Path, who: str, answers: dict[str, str]) -> None:
    """Put a released notebook with some answers where nbgrader looks for it."""
    (released,) = (folder / "release").rglob("*.ipynb")
    found = nbformat.read(released, 4)
    for cell in found.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(grade_id, cell.source)
    target = folder / "submitted" / who / "unstuck"
    target.mkdir(parents=True)
    nbformat.write(found, target / released.name)


@pytest.mark.once
@pytest.mark.timeout(700)
def test_nbgrader_grades_what_was_exported(tmp_path):
    """One solves an exercise and writes a loop without an end in another; one hands in nothing."""
    pytest.importorskip("nbgrader", reason="nbgrader is not installed: it is in the extra rooms")
    exporter().export(tmp_path, [ROOT / "notebooks" / "06_pool.ipynb"], seconds=8)
    nbgrader(tmp_path, "generate_assignment", "unstuck")
    hand_in(tmp_path, "one", {"answer-pool-1": "while True: pass", "answer-pool-4": RIGHT})
    hand_in(tmp_path, "two", {})
    nbgrader(tmp_path, "autograde", "unstuck")
    nbgrader(tmp_path, "export")
    with (tmp_path / "grades.csv").open(encoding="utf-8") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {"one": 1.0, "two": 0.0}
