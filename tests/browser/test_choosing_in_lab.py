"""The panels of notebook 09 in a real JupyterLab: the tree by keyboard and mouse, the adviser."""

import lab_server
import pytest

pytestmark = pytest.mark.browser

TREE, ADVISER = ".unstuck-decision", ".unstuck-adviser-panel"
DATA = f"document.querySelector('{TREE}').dataset"
BOARD = """from unstuck.scoreboard_result import Scoreboard
from unstuck.scoreboard_rows import Row
from unstuck.trial import machine_label, today

times = {"seconds": (0.05,), "loop_seconds": 0.05, "start_seconds": 0.1, "worker_bytes": 3}
rows = [Row("python", name, "waiting", rates=(rate,), lag_p99_ms=lag, lag_max_ms=lag, copies=0,
            **times)
        for name, rate, lag in (("inline", 20.0, 99.0), ("await", 40.0, 1.0))]
board = Scoreboard(tuple(rows), machine=machine_label(), date=today(), cpus=2)"""
CELLS = [
    BOARD,
    "from unstuck import labs\n\npanel = labs.decision([board])\npanel",
    "labs.adviser([board])",
    "'the last cell'",
]
WAITS = "waiting in Python: inline 20/s, lag 99 ms, await 40/s, lag 1 ms"


def test_the_tree_and_the_adviser_do_what_they_say(lab, page, shots):
    lab_server.open_notebook(page, lab, "panel.ipynb")
    lab_server.run_all(page)
    tree = page.locator(TREE)
    tree.wait_for()
    by_keyboard(page, tree, shots)
    by_mouse(page, tree, shots)
    ask(page, shots)


def by_keyboard(page, tree, shots):
    """Tab to an answer, Enter; the focus is on the new question, and Escape goes back."""
    tree.locator("button", has_text="yes").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"{DATA}.steps === '1'")
    assert page.evaluate("document.activeElement.className") == "unstuck-decision-head"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "our own"
    page.keyboard.press("Enter")
    page.wait_for_function(f"{DATA}.steps === '2'")
    assert WAITS in tree.inner_text()
    live = tree.locator("[aria-live=polite]")
    assert live.text_content() == "What takes the time: does it wait, or does it compute?"
    tree.screenshot(path=shots / "decision_asked.png")
    page.keyboard.press("Escape")
    page.wait_for_function(f"{DATA}.steps === '1'")
    assert page.evaluate("jupyterapp.shell.currentWidget.content.mode") is not None
    described = tree.locator("button", has_text="our own").get_attribute("aria-describedby")
    assert page.locator(f"#{described}").text_content().startswith("not measured yet")


def by_mouse(page, tree, shots):
    """Click to an end: the path is a list, Back and Start again are there."""
    for answer in ("our own", "it waits", "it can be awaited"):
        tree.locator("button", has_text=answer).click()
    page.wait_for_function(f"{DATA}.at === 'Stay in the loop, and await'")
    assert tree.locator("li").count() == 4
    assert "await connection.fetch" in tree.inner_text()
    tree.screenshot(path=shots / "decision_end.png")
    tree.locator("button", has_text="Start again").click()
    page.wait_for_function(f"{DATA}.steps === '0'")
    assert tree.locator("button", has_text="Back").is_disabled()


def ask(page, shots):
    """The form by keyboard; absurd numbers are told."""
    panel = page.locator(ADVISER)
    panel.scroll_into_view_if_needed()
    status = f"document.querySelector('{ADVISER}').textContent"
    for label, value in (("Computing (ms)", "0"), ("Waiting (ms)", "80")):
        field = panel.get_by_label(label)
        field.fill(value)
        field.press("Enter")
    panel.locator("button", has_text="Advise").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"/Advice: async IO/.test({status})")
    assert "waiting by await: 40 tasks/s" in panel.inner_text()
    panel.screenshot(path=shots / "adviser.png")
    panel.get_by_label("Waiting (ms)").fill("-1")
    panel.get_by_label("Waiting (ms)").press("Enter")
    panel.locator("button", has_text="Advise").click()
    page.wait_for_function(f"/waits_ms is a number, 0 or more/.test({status})")
    assert panel.locator("[role=alert]").count() == 1
