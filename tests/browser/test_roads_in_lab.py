"""The roads panel in a real JupyterLab: a run draws its chart, Stop keeps what there is."""

import pytest

pytestmark = pytest.mark.browser

CELLS = ["from unstuck.labs import roads\n\nroads()"]
SHARED = "panel.ipynb"
PANEL = ".unstuck-roads-panel"
RUN = f"document.querySelector('{PANEL} button.mod-primary')"


@pytest.fixture
def panel(notebook):
    found = notebook.locator(PANEL)
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


def test_a_run_draws_its_chart_with_alt_text_and_table(panel, notebook, shots):
    run_begun(panel, notebook)
    ended(notebook)
    panel.locator("img").scroll_into_view_if_needed()
    panel.screenshot(path=shots / "roads.png")
    assert status(panel).startswith("Done: ")
    assert "roads to a worker cost" in panel.locator("img").get_attribute("alt")
    assert panel.locator("table tbody tr").count() >= 20
    press(panel, "Keep results")
    notebook.wait_for_function(f"/Kept/.test(document.querySelector('{PANEL}').textContent)")
    press(panel, "Compare")
    notebook.wait_for_function(
        f"/recorded/.test(document.querySelector('{PANEL} table').textContent)"
    )
    panel.screenshot(path=shots / "roads_compared.png")


def test_stop_is_heard_and_run_works_again(panel, notebook):
    """H09"""
    run_begun(panel, notebook)
    panel.locator("button", has_text="Stop").evaluate("button => button.click()")
    notebook.wait_for_function(f"!{RUN}.disabled", timeout=5_000)
    run_begun(panel, notebook)
    ended(notebook)
    assert status(panel).startswith("Done: ")
