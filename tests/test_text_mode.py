"""The course without ipywidgets and anywidget: no error, and each panel names its plain call."""

import ast
import inspect
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest

from unstuck import labs
from unstuck.labs import text_mode

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent
PANELS = [
    name
    for name, value in vars(labs).items()
    if inspect.isfunction(value) and value.__module__ == labs.__name__ and name[0] != "_"
]
GIVEN = {"profile", "results", "print"}  # what a call may use without an import
ASK_EACH = """
import contextlib, io, json, sys
from unstuck import labs
told = {}
for name in sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        assert getattr(labs, name)() is None
    told[name] = shown.getvalue()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def without_widgets(tmp_path_factory) -> dict[str, str]:
    """The environment of a Python that has no ipywidgets and no anywidget."""
    folder = tmp_path_factory.mktemp("without")
    for name in ("ipywidgets", "anywidget"):
        error = f"raise ModuleNotFoundError(\"No module named '{name}'\", name='{name}')\n"
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(error)
    path = os.pathsep.join([str(folder), str(ROOT / "src")])
    return {**os.environ, "PYTHONPATH": path, "UNSTUCK_SMALL": "1"}


@pytest.fixture(scope="module")
def told(without_widgets) -> dict[str, str]:
    """What each panel says there."""
    argv = [sys.executable, "-c", ASK_EACH, *PANELS]
    answer = subprocess.run(
        argv, env=without_widgets, capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(answer.stdout)


def loaded(code: str) -> set[str]:
    """The names that a piece of code uses and does not make itself."""
    nodes = list(ast.walk(compile(code, "cell", "exec", ast.PyCF_ONLY_AST)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return {node.id for node in names} - made


def test_there_are_panels_and_each_has_its_plain_call():
    assert len(PANELS) >= 10
    assert len(text_mode.PLAIN) == len(PANELS)


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_says_what_is_missing_what_to_call_and_how_to_install(told, name):
    first, *_, install, _ = told[name].splitlines()
    assert first.startswith("The panel needs ipywidgets 8 and anywidget (No module named '")
    assert install == f"To have the panel: {text_mode.INSTALL}"
    module = "panel" if name == "heartbeat" else f"{name}_panel"
    assert dedent(text_mode.PLAIN[module]) in told[name]


@pytest.mark.parametrize("module", text_mode.PLAIN)
def test_a_plain_call_has_all_it_needs(module):
    code = dedent(text_mode.PLAIN[module])
    imports = [node for node in ast.parse(code).body if isinstance(node, ast.ImportFrom)]
    space = {}
    for node in imports:
        exec(ast.unparse(node), space)  # it raises where there is no such name
    assert loaded(code) <= GIVEN | set(space)


def test_the_line_to_install_asks_for_what_the_course_asks_for():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wishes = text_mode.INSTALL.split('"')[1::2]
    assert [wish.partition(">")[0] for wish in wishes] == ["ipywidgets", "anywidget"]
    assert all(f'"{wish}"' in project for wish in wishes)


def test_two_notebooks_with_panels_run_to_their_end(without_widgets, tmp_path):
    for name in ("notebooks/00_start_here.ipynb", "workshop/class_data.ipynb"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "workshop" / "cards", tmp_path / "cards")
    copies = sorted(tmp_path.glob("*.ipynb"))
    argv = [sys.executable, str(ROOT / "tools" / "run_notebooks.py"), *map(str, copies)]
    ended = subprocess.run(argv, env=without_widgets, capture_output=True, text=True, timeout=100)
    assert ended.returncode == 0, ended.stderr[-2000:]
    for copy in copies:
        cells = nbformat.read(copy, as_version=4).cells
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        texts = [output.text for output in outputs if output.output_type == "stream"]
        assert sum("To have the panel" in text for text in texts) == 1, copy.name
