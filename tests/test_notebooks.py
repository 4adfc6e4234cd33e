"""The shape of the notebooks: what STYLE promises a learner is checked cell by cell."""

import ast
import itertools
import re
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.once  # they read the notebooks, whatever Python reads them

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ALL = [*NOTEBOOKS, *sorted((ROOT / "workshop").glob("*.ipynb"))]  # the teacher's as well
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(params=ALL, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def texts(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def lines(source: str) -> list[str]:
    return [line for line in source.splitlines() if line.strip()]


def headings(notebook) -> list[tuple[int, str]]:
    found = re.findall(r"^(#+) (.+)$", "\n".join(texts(notebook)), re.MULTILINE)
    return [(len(marks), text) for marks, text in found]


def bullets(text: str) -> list[str]:
    return re.findall(r"^- .+$", text, re.MULTILINE)


def test_the_two_first_notebooks_are_there():
    assert [path.stem for path in NOTEBOOKS[:2]] == ["00_start_here", "01_blocked_loop"]


def test_it_opens_with_the_only_h1_and_three_goals_and_minutes(notebook):
    assert notebook.cells[0].cell_type == "markdown"
    assert [level for level, _ in headings(notebook)].count(1) == 1
    assert notebook.cells[0].source.startswith("# ")
    assert len(bullets(notebook.cells[0].source)) == 3
    assert re.search(r"\d+ minutes", notebook.cells[0].source)


def test_the_goals_come_back_at_the_end_with_a_glossary(notebook):
    last = notebook.cells[-1].source
    assert bullets(last) == bullets(notebook.cells[0].source)
    assert "Glossary" in last


def test_headings_never_skip_a_level(notebook):
    levels = [level for level, _ in headings(notebook)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_the_set_up_cell_holds_imports_only(notebook):
    first = code(notebook)[0].source
    assert len(lines(first)) <= 8
    assert all(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.parse(first).body)


def test_cells_are_short(notebook):
    for cell in code(notebook):
        assert len(lines(cell.source)) <= 20, cell.source
        if "idea" in cell.metadata.get("tags", []):
            assert len(lines(cell.source)) <= 12, cell.source
    for text in texts(notebook):
        assert len(text.split()) <= 120, text


def test_all_code_has_run_and_left_no_error(notebook):
    counts = [cell.execution_count for cell in code(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "run `make notebooks` before a commit"
    assert not [
        out for cell in code(notebook) for out in cell.outputs if out.output_type == "error"
    ]


def test_no_dead_widget_is_stored(notebook):
    """H07"""
    stored = [out.get("data", {}) for cell in code(notebook) for out in cell.outputs]
    assert not any(WIDGET in data for data in stored)
    assert "widgets" not in notebook.metadata


def test_metadata_is_the_kernel_and_tags_only(notebook):
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    assert set(notebook.metadata) == {"kernelspec"}
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)


def test_an_ignored_output_is_followed_by_a_stable_fact(notebook):
    """I01"""
    cells = code(notebook)
    ignored = [
        i for i, c in enumerate(cells) if "nbval-ignore-output" in c.metadata.get("tags", [])
    ]
    assert len(ignored) <= 3
    for place in ignored:
        assert cells[place + 1].source.startswith("print(")


def test_no_cell_does_what_does_not_work_everywhere(notebook):
    """C01 C02 F06 H13 H15: no asyncio.run, no nest_asyncio, no link to localhost, no polling."""
    source = "\n".join(cell.source for cell in notebook.cells)
    for word in (
        "asyncio.run(",
        "nest_asyncio",
        "http://localhost",
        "do_one_iteration",
        "with out",
        "if CI",
        "OBJC_DISABLE",
    ):
        assert word not in source


def test_the_voice_promises_nothing(notebook):
    words = re.findall(r"\b(simply|obviously|just|guaranteed)\b", "\n".join(texts(notebook)))
    assert words == []


def test_pictures_have_alt_text_and_a_table(notebook):
    pages = [
        out.data["text/html"]
        for cell in code(notebook)
        for out in cell.outputs
        if "text/html" in out.get("data", {})
    ]
    for page in pages:
        pictures = re.findall(r"<img [^>]*>", page)
        assert all(re.search(r'alt="[^"]{20,}"', picture) for picture in pictures)
        assert "<table>" in page


def test_exercises_are_stubs_with_a_check(notebook):
    for cell in code(notebook):
        if "exercise" in cell.metadata.get("tags", []):
            assert "= ..." in cell.source
            assert "check(" in cell.source
            (output,) = cell.outputs
            assert output.data["text/plain"].startswith("Not tried yet")


def test_no_link_is_broken():
    for path in ALL:
        found = re.findall(r"\]\(([\w./-]+\.ipynb)\)", path.read_text(encoding="utf-8"))
        assert all((path.parent / name).is_file() for name in found)


def test_a_stem_names_notebook_exercises_and_twin_alike():
    for path in NOTEBOOKS[1:]:
        stem = path.stem.split("_", 1)[1]
        assert (ROOT / "src/unstuck/exercises" / f"{stem}.py").is_file()
        assert (ROOT / "src/unstuck/twins" / f"{stem}.js").is_file()


SLOW_STARTS = """
import time
from multiprocessing import context

start = context.SpawnProcess.start

def starts_late(process):
    start(process)
    time.sleep(0.5)

context.SpawnProcess.start = starts_late
"""


def test_a_standard_pool_breaks_and_ends_on_a_busy_machine_as_well(kernel):
    """In Python 3.11 one worker's death while another one is started makes its `shutdown` hang."""
    path = ROOT / "notebooks" / "06_pool.ipynb"
    cells = [cell.source for cell in code(nbformat.read(path, as_version=4))]
    first = next(number for number, cell in enumerate(cells) if "executor = Process" in cell)
    last = next(number for number, cell in enumerate(cells) if "executor.shutdown()" in cell)
    assert kernel.run(cells[0])[1] == ""
    assert kernel.run(SLOW_STARTS)[1] == ""
    said = [kernel.run(cell) for cell in cells[first : last + 1]]
    assert [error for _, error in said] == [""] * len(said)
    assert said[-2][0] == "[True, True, True, True, True] BrokenProcessPool\n"
    assert kernel.children() == []
