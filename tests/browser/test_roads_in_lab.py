"""The roads panel in a real JupyterLab: a run draws its chart, Stop keeps what there is."""

import lab_server
import nbformat
import pytest

pytestmark = pytest.mark.browser

PANEL = ".unstuck-roads-panel"
RUN = f"document.querySelector('{PANEL} button.mod-primary')"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own, in a folder with one small notebook."""
    if lab_server.chromium() is None:
        pytest.skip("there is no Chromium here: tools/chromium.sh says how to get it")
    folder = tmp_path_factory.mktemp("roads")
    cells = [nbformat.v4.new_code_cell("from unstuck.labs import roads\n\nroads()")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "roads.ipynb")
    with lab_server.jupyter_lab(folder) as address:
        yield address


@pytest.fixture
def panel(lab, page):
    lab_server.open_notebook(page, lab, "roads.ipynb")
    lab_server.run_all(page)
    found = page.locator(PANEL)
    found.wait_for()
    return found


def press(panel, words: str) -> None:
    panel.locator("button", has_text=words).click()


def run_begun(panel, page) -> None:
    press(panel, "Run")
    page.wait_for_function(f"{RUN}.disabled", timeout=10_000)


def ended(page) -> None:
    page.wait_for_function(f"!{RUN}.disabled", timeout=60_000)


def status(panel) -> str:
    return panel.locator(".unstuck-status, .unstuck-alert").inner_text()


def test_a_run_draws_its_chart_with_alt_text_and_table(panel, page, shots):
    run_begun(panel, page)
    ended(page)
    panel.locator("img").scroll_into_view_if_needed()
    panel.screenshot(path=shots / "roads.png")
    assert status(panel).startswith("Done: ")
    assert "roads to a worker cost" in panel.locator("img").get_attribute("alt")
    assert panel.locator("table tbody tr").count() >= 20
    press(panel, "Keep results")
    page.wait_for_function(f"/Kept/.test(document.querySelector('{PANEL}').textContent)")
    press(panel, "Compare")
    page.wait_for_function(f"/recorded/.test(document.querySelector('{PANEL} table').textContent)")
    panel.screenshot(path=shots / "roads_compared.png")


def test_stop_is_heard_and_run_works_again(panel, page):
    """H09"""
    run_begun(panel, page)
    panel.locator("button", has_text="Stop").evaluate("button => button.click()")
    page.wait_for_function(f"!{RUN}.disabled", timeout=5_000)
    run_begun(panel, page)
    ended(page)
    assert status(panel).startswith("Done: ")
