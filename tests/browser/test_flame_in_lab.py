"""The flame panel in a real JupyterLab: zoom, keys, search, a file of one's own, a hostile one."""

import json

import lab_server
import pytest

pytestmark = pytest.mark.browser

PANEL = ".unstuck-flame-panel"
DATA = f"document.querySelector('{PANEL} .unstuck-flame').dataset"
STATUS = f"document.querySelector('{PANEL}').textContent"
SOURCE = """from unstuck.flame_collapsed import read_collapsed
from unstuck.labs import flame

stacks = ["serve;loop;select 40", "serve;loop;answer;check_prime (app.py:3) 120",
          "serve;loop;answer;sign (app.py:9) 30", "serve;loop;answer;write (lib/json.py:1) 10"]
flame(read_collapsed("\\n".join(stacks)))"""
CELLS = [SOURCE, "'the next cell'"]
HOSTILE = "<img src=x onerror=window.hurt=1>"


def test_keys_search_and_files_do_what_they_say(lab, page, shots):
    """H04 and H06: errors are seen, the height stays."""
    lab_server.open_notebook(page, lab, "panel.ipynb")
    lab_server.run_all(page)
    panel = page.locator(PANEL)
    panel.wait_for()
    view = panel.locator(".unstuck-flame-view")
    page.wait_for_function(f"Number({DATA}.boxes) === 8")
    height = panel.bounding_box()["height"]
    walk(page, view, panel, shots)
    find(page, panel)
    assert panel.bounding_box()["height"] == pytest.approx(height, abs=2)
    open_files(page, panel)


def walk(page, view, panel, shots):
    """Go down to the widest callee, over to its neighbours, zoom in and out: in this cell."""
    view.focus()
    for key, selected in (
        *(("ArrowDown", "serve"), ("ArrowDown", "loop"), ("ArrowDown", "answer")),
        *(("ArrowDown", "check_prime"), ("ArrowRight", "sign"), ("ArrowUp", "answer")),
    ):
        page.keyboard.press(key)
        page.wait_for_function(f"{DATA}.selected === '{selected}'")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{DATA}.zoom === 'answer'")
    assert "answer: 160 samples, 80.0 %; own 0 samples" in panel.inner_text()
    page.wait_for_timeout(400)  # the zoom glides
    panel.screenshot(path=shots / "flame_zoomed.png")
    page.keyboard.press("Escape")
    page.wait_for_function(f"{DATA}.zoom === 'all'")
    assert page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex") == 0
    box = view.bounding_box()
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 70)
    page.wait_for_function(f"{DATA}.zoom === 'answer'")
    page.keyboard.press("Escape")
    page.wait_for_function(f"/answer: 160/.test({STATUS})")


def find(page, panel):
    """A search says how much of the time it has found; a match inside a match counts once."""
    search = panel.locator("input[type=search]")
    search.fill("app.py")
    page.wait_for_function(f"Number({DATA}.found) === 2")
    assert "2 boxes found, 75.0 % of the time" in panel.inner_text()
    search.fill("nothing like it")
    page.wait_for_function(f"Number({DATA}.found) === 0")
    page.keyboard.press("Escape")
    assert search.input_value() == ""


def open_files(page, panel):
    """A hostile name stays text, and a file that is no profile leaves the picture as it was."""
    offer(page, "bad.json", b'{"nodes": []}')
    page.wait_for_function(f"/holds no call at all/.test({STATUS})")
    assert panel.locator("[role=alert]").count() == 1
    nodes = [{"id": 1, "callFrame": {"functionName": "(root)"}, "children": [2]}]
    nodes.append({"id": 2, "callFrame": {"functionName": HOSTILE, "url": HOSTILE}})
    times = {"startTime": 0, "endTime": 9, "samples": [2], "timeDeltas": [0]}
    offer(page, "mine.cpuprofile", json.dumps({"nodes": nodes, **times}).encode())
    page.wait_for_function(f"{DATA}.boxes === '2'")
    assert HOSTILE in panel.locator("tbody").text_content()
    assert page.evaluate("window.hurt") is None
    assert panel.locator("img").count() == 0


def offer(page, name: str, data: bytes) -> None:
    """Press the button, and choose a file in the window that opens."""
    with page.expect_file_chooser() as opened:
        page.locator(PANEL).locator("button", has_text="Open a profile").click()
    opened.value.set_files({"name": name, "mimeType": "application/json", "buffer": data})
