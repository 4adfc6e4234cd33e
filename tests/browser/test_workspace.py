"""The course's workspace in a real JupyterLab: a notebook, and its heartbeat beside it."""

import urllib.request
from pathlib import Path

import lab_server
import pytest

pytestmark = pytest.mark.browser

WORKSPACE = Path(__file__).parent.parent.parent / "binder" / "course.jupyterlab-workspace"
BESIDE = ".jp-LinkedOutputView"
MONITOR = f"document.querySelector('{BESIDE} .unstuck-monitor')"
BUSY = f"document.querySelector('{BESIDE} button.mod-primary').disabled"
HAS_KERNEL = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel != null"


@pytest.fixture
def beside(lab, page):
    """What stands beside the notebook in the course's workspace."""
    request = urllib.request.Request(
        f"{lab}lab/api/workspaces/course",
        method="PUT",
        data=WORKSPACE.read_bytes(),
        headers={"Authorization": f"token {lab_server.TOKEN}"},
    )
    urllib.request.urlopen(request, timeout=10).close()
    page.goto(f"{lab}lab/workspaces/course?token={lab_server.TOKEN}")
    page.wait_for_function(HAS_KERNEL)
    view = page.locator(BESIDE)
    view.get_by_text("Heartbeat panel: run this cell").wait_for()
    return view


def until(page, condition: str) -> None:
    lab_server.until(page, condition, BESIDE)


def test_the_heartbeat_beats_and_goes_flat_beside_its_notebook(page, beside, shots):
    lab_server.run_all(page)
    until(page, f"{MONITOR}?.dataset.kernel === 'beating'")
    notebook, view = page.locator(".jp-Notebook").bounding_box(), beside.bounding_box()
    assert notebook["x"] + notebook["width"] <= view["x"]
    assert view["width"] > 400
    page.screenshot(path=shots / "workspace_beating.png")
    beside.locator("button", has_text="Run").click()
    until(page, f"{BUSY} && {MONITOR}.dataset.kernel === 'flat'")
    page.screenshot(path=shots / "workspace_flat.png")
    until(page, f"!{BUSY} && {MONITOR}.dataset.kernel === 'beating'")
    assert "requests answered" in beside.inner_text()
