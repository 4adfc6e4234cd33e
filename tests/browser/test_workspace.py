"""The course's workspace in a real JupyterLab: a notebook, and its heartbeat beside it."""

import json
import urllib.request
from pathlib import Path

import lab_server
import pytest

pytestmark = pytest.mark.browser

FILE = "binder/course.jupyterlab-workspace"
WORKSPACE = (Path(__file__).parent.parent.parent / FILE).read_text(encoding="utf-8")
BESIDE = ".jp-LinkedOutputView"
MONITOR = f"document.querySelector('{BESIDE} .unstuck-monitor')"
BUSY = f"document.querySelector('{BESIDE} button.mod-primary').disabled"
HAS_KERNEL = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel != null"


@pytest.fixture
def beside(lab, page):
    """What stands beside the notebook, after the workspace's file was opened."""
    put(lab, "binder", {"type": "directory"})
    put(lab, FILE, {"type": "file", "format": "text", "content": WORKSPACE})
    page.goto(f"{lab}lab/tree/{FILE}?token={lab_server.TOKEN}")
    page.wait_for_url("**/lab/workspaces/course")
    page.wait_for_function(HAS_KERNEL)
    view = page.locator(BESIDE)
    view.get_by_text("Heartbeat panel: run this cell").wait_for()
    return view


def put(address: str, path: str, model: dict) -> None:
    """Make a file or a folder in JupyterLab's own folder."""
    request = urllib.request.Request(
        f"{address}api/contents/{path}",
        method="PUT",
        data=json.dumps(model).encode(),
        headers={"Authorization": f"token {lab_server.TOKEN}"},
    )
    urllib.request.urlopen(request, timeout=10).close()


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


def test_opened_anew_it_is_laid_out_as_the_file_says(lab, page, beside):
    page.evaluate("jupyterapp.shell.currentWidget.close()")
    page.goto(f"{lab}lab/tree/{FILE}?token={lab_server.TOKEN}")
    page.wait_for_url("**/lab/workspaces/course")
    page.locator(".jp-Notebook").wait_for()
    beside.wait_for()
