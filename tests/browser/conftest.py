"""One JupyterLab for all browser tests, on a copy of the notebooks."""

import os
import shutil
from pathlib import Path

import lab_server
import nbformat
import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def lab(request, tmp_path_factory):
    """The address of a JupyterLab: its folder holds the course's notebooks, copied.

    For a module with `CELLS` it holds panel.ipynb alone, with those cells; one that names a
    notebook as `SHARED` has a copy of it for its fixture `notebook`.
    """
    if lab_server.chromium() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs Chromium: tools/chromium.sh installs it")
        pytest.skip("there is no Chromium here: tools/chromium.sh says how to get it")
    folder = tmp_path_factory.mktemp("course")
    if sources := getattr(request.module, "CELLS", None):
        _write_notebook(folder / "panel.ipynb", sources)
    else:
        shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    if name := getattr(request.module, "SHARED", None):
        shutil.copy(folder / name, folder / "shared.ipynb")
    with lab_server.jupyter_lab(folder) as address:
        yield address


def _write_notebook(path: Path, sources: list[str]) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)


@pytest.fixture(scope="module")
def playwright():
    """Playwright, started once a module: while it runs, no other test can start a loop."""
    with sync_playwright() as started:
        yield started


@pytest.fixture
def page(lab, playwright):
    """A page in a new Chromium; afterwards it must have asked no other host, without a fault."""
    with lab_server.browser_page(playwright) as page:
        yield page
        _look_back(page)


@pytest.fixture(scope="module")
def opened(lab, playwright):
    """The page of all tests that need none of their own: JupyterLab takes seconds to open."""
    with lab_server.browser_page(playwright) as page:
        lab_server.open_notebook(page, lab, "shared.ipynb")
        yield page


@pytest.fixture
def notebook(opened):
    """That page, light, wide and moving, when all cells have run again."""
    opened.emulate_media(reduced_motion="no-preference")
    opened.set_viewport_size(lab_server.SIZE)
    opened.evaluate(lab_server.LIGHT)
    lab_server.run_all(opened)
    yield opened
    _look_back(opened)


def _look_back(page) -> None:
    faults, page.faults = page.faults, []
    assert page.hosts <= {"127.0.0.1"}
    assert faults == []


@pytest.fixture(scope="session")
def shots():
    """The folder for screenshots, which git ignores."""
    folder = ROOT / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
