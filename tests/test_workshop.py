"""What is written for teachers and helpers is true: plans add up, and all that is named exists."""

import ast
import contextlib
import functools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from unstuck import hatches, labs
from unstuck.__main__ import main
from unstuck.exercises.exercise import find

pytestmark = pytest.mark.once  # Python's version changes nothing here

ROOT = Path(__file__).parent.parent
WORKSHOP = ROOT / "workshop"
TEXTS = sorted(WORKSHOP.glob("*.md")) + [ROOT / name for name in ("CONTRIBUTING.md",)]
PUBLIC = [*TEXTS, ROOT / "paper" / "paper.md", ROOT / "CODE_OF_CONDUCT.md", ROOT / "LICENSE-TEXT"]
PUBLIC += sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.md"))
WITHOUT_PLACE = {"Welcome", "Choose a way out", "Close", "Break", "Lunch"}
STEMS = sorted({hatches.hatch(name).TWIN for name in hatches.names()})

each_text = pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.fixture
def tool(monkeypatch):
    """tool("slides") is a script of tools/, imported."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return __import__


@functools.cache
def notebook(stem: str) -> str:
    """All that a notebook says, cell after cell."""
    cells = json.loads(read(ROOT / "notebooks" / f"{stem}.ipynb"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def table(text: str) -> list[list[str]]:
    """The rows of all tables of a text, without heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    rules = {number for number, line in enumerate(lines) if line.startswith("| ---")}
    heads = {number - 1 for number in rules}
    body = [line for number, line in enumerate(lines) if number not in rules | heads]
    return [line.strip().removeprefix("| ").removesuffix(" |").split(" | ") for line in body]


# The plans


GUIDE = read(WORKSHOP / "guide.md")
PLANS = dict(re.findall(r"^### Plan: (.+)\n([\s\S]*?)(?=^##)", GUIDE, flags=re.M))
SCENES = dict(re.findall(r"^### Scene: (.+)\n([\s\S]*?)(?=^##|\Z)", GUIDE, flags=re.M))


def test_there_are_four_plans():
    assert [re.search(r"\d+", title)[0] for title in PLANS] == ["45", "90", "210", "420"]


@pytest.mark.parametrize("title", PLANS)
def test_the_minutes_of_a_plan_add_up(title):
    minutes = [int(row[0]) for row in table(PLANS[title])]
    assert sum(minutes) == int(re.search(r"\d+", title)[0])
    assert all(each >= 4 for each in minutes)


@pytest.mark.parametrize("title", PLANS)
def test_a_plan_names_scenes_that_exist_begins_and_closes(title):
    names = [row[1] for row in table(PLANS[title])]
    assert set(names) <= set(SCENES)
    assert (names[0], names[-1]) == ("Welcome", "Close")
    assert len(names) - names.count("Break") == len(set(names) - {"Break"})


def test_every_scene_is_in_a_plan():
    assert {row[1] for text in PLANS.values() for row in table(text)} == set(SCENES)


@pytest.mark.parametrize("title", sorted(set(SCENES) - WITHOUT_PLACE))
def test_a_scene_says_where_what_to_ask_what_to_expect_and_what_to_do(title):
    text = SCENES[title]
    assert all(f"**{word}:**" in text for word in ("Where", "Ask", "Collect", "If it does not go"))
    assert len(table(text)) >= 2


@each_text
def test_each_heading_that_is_named_is_in_its_notebook(path):
    for stem, heading in re.findall(r'`(\d\d_[a-z_]+)`,\s+"([^"]+)"', read(path)):
        assert re.search(rf"^##+ {re.escape(heading)}$", notebook(stem), flags=re.M), heading


# What is named exists


@each_text
def test_every_notebook_panel_exercise_and_file_that_is_named_exists(path):
    text = read(path)
    for stem in re.findall(r"\b(\d\d_[a-z_]+)\b", text):
        assert (ROOT / "notebooks" / f"{stem}.ipynb").is_file(), stem
    for name in re.findall(r"\blabs\.(\w+)\(", text):
        assert callable(getattr(labs, name)), name
    for name in re.findall(r"`([a-z_]+\.\d+)`", text):
        assert find(name)
    for name in re.findall(r"\b((?:tools|tests|workshop)/[\w/]+\.\w+)", text):
        assert (ROOT / name).exists() or "one_thread" in name or "STEM" in name, name


@each_text
def test_every_make_target_and_verb_that_is_named_exists(path, capsys):
    targets = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), flags=re.M))
    assert set(re.findall(r"`(?:\w+=\w+ )*make ([a-z]+)", read(path))) <= targets
    with contextlib.suppress(SystemExit):
        main(["--help"])
    verbs = capsys.readouterr().out
    for verb in re.findall(r"python -m unstuck ([a-z]+)", read(path)):
        assert verb in verbs


@pytest.mark.parametrize("path", [*TEXTS, ROOT / "CODE_OF_CONDUCT.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", read(path)):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: path.name)
def test_the_language_is_plain(path):
    assert re.findall(r"\b(simply|just|obviously|of course|trivial\w*)\b", read(path), re.I) == []


# Messages and controls are quoted as they are


@functools.cache
def messages() -> str:
    """All texts that the course's programs may print, and what the notebooks say."""
    found = []
    for source in [*(ROOT / "tools").glob("*.py"), *(ROOT / "src" / "unstuck").rglob("*.py")]:
        for node in ast.walk(ast.parse(read(source))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    found += [read(path) for path in (ROOT / "tools").glob("*.sh")]
    return "\n".join([*found, *(notebook(p.stem) for p in (ROOT / "notebooks").glob("*.ipynb"))])


def test_quoted_messages_are_the_courses_own_words():
    quoted = [
        message
        for row in table(read(WORKSHOP / "setup_check.md"))
        if len(row) == 3 and row[0] != "line"
        for message in re.findall(r"`([^`]+)`", row[0])
    ]
    assert len(quoted) > 25
    assert [message for message in quoted if message not in messages()] == []


def test_controls_are_called_as_in_the_panels():
    sources = "\n".join(read(path) for path in (ROOT / "src" / "unstuck" / "labs").glob("*.[pj]*"))
    sources += messages()
    named = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", read(WORKSHOP / "keyboard.md"))
    assert len(named) > 30
    assert [name for name in named if name not in sources] == []


def test_every_panel_has_its_run_through():
    panels = [name for name in vars(labs) if re.fullmatch("[a-z]+", name) and name != "importlib"]
    text = read(WORKSHOP / "keyboard.md")
    described = set(re.findall(r"^## .*`labs\.(\w+)\(\)`$", text, flags=re.M))
    assert {"heartbeat", "lanes", "flame", "roads", "breakeven", "cluster"} <= described
    assert described <= set(panels)


# Written by scripts


def test_goals_glossary_and_minutes_are_those_of_the_notebooks(tool):
    """Mend it by: python tools/course_lists.py"""
    for path, text in tool("course_lists").texts().items():
        assert read(path) == text, path.name


def test_each_goal_stands_word_by_word_beside_what_shows_it(tool):
    lists, rows = tool("course_lists"), table(read(WORKSHOP / "learning_goals.md"))
    for path in lists.notebooks():
        first = lists.cells(path)[0]
        for goal in re.findall(r"^- (.+?)[;.]$", first, flags=re.M):
            assert [row[1] for row in rows if row[0] == goal], goal


def test_every_exercise_shows_some_goal(tool):
    lists, text = tool("course_lists"), read(WORKSHOP / "learning_goals.md")
    names = [name for path in lists.notebooks() for name in lists.exercises(path)]
    assert len(names) >= 20
    assert [name for name in names if f"`{name}`" not in text] == []


def test_expected_numbers_are_written_from_what_is_kept(tool):
    """Mend it by: python tools/expected_numbers.py"""
    numbers = tool("expected_numbers")
    kept = json.loads(read(numbers.KEPT))
    assert read(numbers.TEXT) == numbers.text(kept)
    assert numbers.text(kept).count("computed |") >= 2


def test_computed_numbers_follow_their_formulas(tool):
    numbers = tool("expected_numbers")
    kept = {"rounds": {"2": [{"x": 3.0}, {"x": 2.0}]}}
    assert numbers.least(kept, "x", 8) == 2.0
    assert numbers.waits(kept, "waits", 4) == pytest.approx(0.5)
    assert numbers.waits(kept, "waits", 8) == pytest.approx(0.4)
    assert 1 < numbers.recorded_gain() < 2.1
    assert numbers.speed_up(kept, "x", 4) == pytest.approx(2 * numbers.recorded_gain())
    assert numbers.speed_up(kept, "x", 8) == numbers.speed_up(kept, "x", 4)


def test_the_papers_sentences_are_those_of_the_recorded_results(tool):
    """Mend it by: python tools/paper_numbers.py"""
    paper = read(ROOT / "paper" / "paper.md")
    assert tool("paper_numbers").with_numbers(paper) == paper
    assert (ROOT / "paper" / "figures" / "breakeven.png").read_bytes().startswith(b"\x89PNG")


def test_the_paper_has_its_length_and_its_references():
    _, _, body = read(ROOT / "paper" / "paper.md").split("---", 2)
    assert 800 <= len(re.sub(r"<!--.*?-->", "", body).split()) <= 1200
    cited = set(re.findall(r"\[@(\w+)\]", body))
    assert cited == set(re.findall(r"^@\w+\{(\w+),", read(ROOT / "paper" / "paper.bib"), re.M))


# Slides


def test_a_heading_begins_a_slide_and_a_text_begins_one_below_it(tool):
    slides, cell = tool("slides"), nbformat.v4
    cells = [
        cell.new_markdown_cell("# Why?"),
        cell.new_code_cell("1"),
        cell.new_markdown_cell("Because.\n\n## More"),
        cell.new_code_cell("2"),
    ]
    found = slides.groups(cells)
    assert [(under, len(each)) for under, each in found] == [("", 2), ("Why?", 1), ("", 2)]


@pytest.mark.parametrize("stem", ["00_start_here", "05_interpreters"])
def test_slides_ask_no_other_host_and_leave_the_notebook_alone(tool, stem, tmp_path, monkeypatch):
    slides, source = tool("slides"), ROOT / "notebooks" / f"{stem}.ipynb"
    monkeypatch.setattr(slides, "FOLDER", tmp_path)
    monkeypatch.setattr(slides, "ROOT", tmp_path)
    before = source.read_bytes()
    assert slides.main([str(source)]) == 0
    made = read(tmp_path / f"{stem}.html")
    assert source.read_bytes() == before
    assert not re.search(r"<(link|iframe)|<script[^>]|src=\"(?!data:)|@import|url\(", made)
    assert made.count("<section") >= len(re.findall(r"^##? ", notebook(stem), flags=re.M))
    assert all(key in made for key in ("ArrowRight", "PageUp", "Home"))


# The newest versions


RECORD = """<testsuites><testsuite><testcase classname="tests.test_a" name="test_b">
<failure message="anywidget 9 has no _esm&#10;more">...</failure></testcase>
<testcase classname="tests.test_a" name="test_c"/></testsuite></testsuites>"""


def test_what_broke_is_told_with_versions_side_by_side(tool):
    newest = tool("newest")
    broken = {"tests": newest.failed(RECORD), "notebooks": []}
    assert broken["tests"] == ["tests.test_a::test_b: anywidget 9 has no _esm"]
    before, after = (
        {"anywidget": "0.11", "psutil": "7"},
        {"anywidget": "9", "psutil": "7", "x": "1"},
    )
    changed = newest.side_by_side(before, after)
    assert changed == [("anywidget", "0.11", "9"), ("x", "-", "1")]
    told = newest.report(broken, changed)
    assert "Look first at: anywidget." in told
    assert "| anywidget | 0.11 | 9 |" in told
    assert "notebooks: all is well" in told


def test_it_refuses_to_run_in_ci(tool, monkeypatch, capsys):
    monkeypatch.setenv("CI", "true")
    newest = tool("newest")
    monkeypatch.setattr(newest, "install", lambda *words: pytest.fail("it installs in CI"))
    assert newest.main([]) == 2
    assert "Not in CI" in capsys.readouterr().err


# A hatch in one sitting


@pytest.mark.parametrize("stem", STEMS)
def test_each_hatch_has_its_five_files(stem):
    written = list((ROOT / "notebooks").glob(f"[0-9][0-9]_{stem}.ipynb"))
    if not written:
        pytest.skip(f"there is no notebook of {stem} yet")
    package = ROOT / "src" / "unstuck"
    assert (package / "twins" / f"{stem}.js").is_file()
    assert (package / "exercises" / f"{stem}.py").is_file()
    tests = [read(path) for path in (ROOT / "tests").glob("test_exercises*.py")]
    assert any(f"import {stem} as ours" in text or f'"{stem}.' in text for text in tests)


def blocks() -> dict[str, str]:
    """The files of the worked example of CONTRIBUTING.md, by path."""
    text = read(ROOT / "CONTRIBUTING.md")
    return dict(re.findall(r"^### \d\. [^`\n]+`([^`]+)`\n\n```\w+\n([\s\S]*?)^```$", text, re.M))


@pytest.fixture
def copy_with_example(tmp_path):
    """A copy of package and tests into which the example's files were written."""
    for name in ("src", "tests"):
        skipped = shutil.ignore_patterns("node_modules", "__pycache__", "browser")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, text in blocks().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_example_of_a_hatch_stands_the_contract_as_it_is(copy_with_example):
    assert len(blocks()) == 4
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "one_thread"]
    command += ["tests/test_hatches.py", "tests/test_exercises_one_thread.py"]
    env = {**os.environ, "PYTHONPATH": str(copy_with_example / "src"), "UNSTUCK_SMALL": "1"}
    done = subprocess.run(
        command, cwd=copy_with_example, env=env, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_examples_twin_tells_a_trial(copy_with_example, needs_node):
    script = copy_with_example / "src" / "unstuck" / "twins" / "one_thread.js"
    done = subprocess.run(
        [needs_node, str(script), '{"seconds": 0.05, "repeats": 1}'],
        capture_output=True,
        text=True,
        timeout=60,
    )
    told = json.loads(done.stdout)
    assert (told["kind"], told["hatch"], told["answer"]) == ("trial", "one_thread", True)
    assert len(read(script).splitlines()) <= 60


# The project's own files


def test_the_licence_of_the_text_is_named_with_its_address():
    text = read(ROOT / "LICENSE-TEXT")
    assert "CC BY 4.0" in text
    assert "https://creativecommons.org/licenses/by/4.0/" in text


def test_the_citation_has_what_the_form_asks_for():
    text = read(ROOT / "CITATION.cff")
    for field in ("cff-version: 1.2.0", "message:", "title:", "authors:", "license: MIT"):
        assert re.search(rf"^{re.escape(field)}", text, flags=re.M), field


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.md")), ids=lambda path: path.name
)
def test_an_issue_template_has_its_head(path):
    head = read(path).split("---")[1]
    assert [line.partition(":")[0] for line in head.strip().splitlines()] == [
        *("name", "about", "title", "labels"),
    ]
