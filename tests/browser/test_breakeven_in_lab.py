"""The break-even panel in a real JupyterLab: Stop keeps what there is, and its chart shows it."""

import lab_server
import pytest

pytestmark = pytest.mark.browser

CELLS = ["from unstuck.labs import breakeven\n\nbreakeven()"]
PANEL = ".unstuck-breakeven-panel"
RUN = f"document.querySelector('{PANEL} button.mod-primary')"


def test_a_stopped_run_is_shown_and_a_whole_one_says_so(lab, page, shots):
    """H09"""
    lab_server.open_notebook(page, lab, "panel.ipynb")
    lab_server.run_all(page)
    panel = page.locator(PANEL)
    panel.wait_for()
    panel.locator("button", has_text="Run").click()
    page.wait_for_function(f"/tasks of/.test(document.querySelector('{PANEL}').textContent)")
    panel.locator("button", has_text="Stop").click()
    page.wait_for_function(f"!{RUN}.disabled", timeout=10_000)
    panel.locator("img").wait_for()
    assert "Points measured, kept and shown: " in panel.locator(".unstuck-status").inner_text()
    panel.locator("select").first.select_option("no payload")
    page.wait_for_timeout(1000)  # the choice reaches the kernel a little later
    panel.locator("button", has_text="Run").click()
    page.wait_for_function(
        f"/^Done/.test(document.querySelector('{PANEL} .unstuck-status').textContent)",
        timeout=90_000,
    )
    panel.locator("img").scroll_into_view_if_needed()
    panel.screenshot(path=shots / "breakeven.png")
    assert "here" in panel.locator("img").get_attribute("alt")
    assert panel.locator("table tbody tr").count() >= 10
    panel.locator("select").last.select_option("the recorded machine")
    page.wait_for_timeout(1000)
    panel.locator("button", has_text="Keep results").click()
    page.wait_for_function(f"/Kept in/.test(document.querySelector('{PANEL}').textContent)")
    panel.locator("button", has_text="Compare").click()
    page.wait_for_function(f"/Faint: Recorded/.test(document.querySelector('{PANEL}').textContent)")
    panel.screenshot(path=shots / "breakeven_beside.png")
