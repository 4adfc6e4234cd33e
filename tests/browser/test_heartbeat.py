"""The heartbeat panel in a real JupyterLab: it beats, goes flat, comes back, stops and recovers."""

import json
import urllib.request

import lab_server
import pytest

pytestmark = pytest.mark.browser

SHARED = NOTEBOOK = "notebooks/00_start_here.ipynb"
PANEL = ".unstuck-heartbeat"
STATUS = f"{PANEL} .unstuck-status, {PANEL} .unstuck-alert"
FLAT = "document.querySelector('.unstuck-monitor').dataset.kernel === 'flat'"
ORANGE = """() => {
  const canvas = document.querySelector('.unstuck-monitor canvas');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] === 0xB3 && data[i + 1] === 0x47 && data[i + 2] === 0) count += 1;
  }
  return count;
}"""


class Panel:
    """What a learner sees and presses."""

    def __init__(self, page):
        self.page = page
        self.monitor = page.locator(f"{PANEL} .unstuck-monitor")
        self.monitor.wait_for()
        self.monitor.scroll_into_view_if_needed()
        self.run = page.locator(f"{PANEL} button", has_text="Run")
        self.stop = page.locator(f"{PANEL} button", has_text="Stop")
        self.until("document.querySelector('.unstuck-monitor').dataset.kernel === 'beating'")

    def until(self, condition: str, seconds: float = 40) -> None:
        lab_server.until(self.page, condition, STATUS, seconds)

    def choose(self, number: int, option: str) -> None:
        self.page.locator(f"{PANEL} select").nth(number).select_option(option)

    def press(self) -> None:
        self.run.click()
        self.until(f"document.querySelector('{PANEL} button.mod-primary').disabled")

    def ended(self) -> None:
        self.until(f"!document.querySelector('{PANEL} button.mod-primary').disabled")

    def status(self) -> str:
        return self.page.locator(STATUS).first.inner_text()

    def rows(self) -> list[list[str]]:
        return self.page.evaluate(
            """() => [...document.querySelectorAll('.unstuck-monitor tbody tr')]
                .map(row => [...row.cells].map(cell => cell.textContent))"""
        )


@pytest.fixture
def panel(notebook):
    return Panel(notebook)


def test_the_kernels_line_goes_flat_while_it_is_blocked_and_comes_back(panel, shots):
    panel.press()
    panel.until(f"{FLAT} && ({ORANGE})() > 50")  # at one moment, as a screenshot takes its time
    panel.page.screenshot(path=shots / "kernel_blocked.png")
    panel.ended()
    panel.until("document.querySelector('.unstuck-monitor').dataset.kernel === 'beating'")
    panel.page.screenshot(path=shots / "kernel_free.png")
    (row,) = panel.rows()
    assert row[0] == "This kernel"
    assert float(row[3]) > 0.3
    assert "requests answered" in panel.status()
    label = panel.monitor.locator("canvas").get_attribute("aria-label")
    assert "This kernel" in label


def test_two_servers_are_blocked_while_the_page_lives(panel, shots):
    panel.choose(0, "Python and Node.js servers")
    panel.page.locator(f"{PANEL} [role=slider]").first.focus()
    for _ in range(10):
        panel.page.keyboard.press("ArrowRight")
    panel.page.wait_for_timeout(1000)  # a slider tells the kernel a little later than the page
    panel.press()
    panel.until("document.querySelector('.unstuck-monitor').dataset.python === 'flat'")
    panel.page.screenshot(path=shots / "servers_blocked.png")
    panel.ended()
    panel.page.wait_for_timeout(1000)
    panel.page.locator(PANEL).screenshot(path=shots / "servers_free.png")
    assert [row[0] for row in panel.rows()] == ["Python server", "Node.js server"]
    assert panel.rows()[0][2] == "1.0"  # the prediction stands beside what was seen


def test_stop_ends_a_blocked_server_within_two_seconds_and_run_works_again(panel):
    panel.choose(0, "Python server")
    panel.press()
    panel.until("document.querySelector('.unstuck-monitor').dataset.python === 'flat'")
    panel.stop.click()
    panel.until(f"!document.querySelector('{PANEL} button.mod-primary').disabled", 2)
    panel.until(f"/Stopped by you/.test(document.querySelector('{PANEL}').innerText)", 5)
    panel.press()
    panel.ended()
    assert "requests answered" in panel.status()


def test_many_clicks_are_one_run(panel):
    """H05"""
    panel.choose(1, "threads")
    panel.run.evaluate("button => { for (let i = 0; i < 20; i += 1) button.click(); }")
    panel.until(f"document.querySelector('{PANEL} button.mod-primary').disabled")
    panel.ended()
    panel.page.wait_for_timeout(1500)
    assert len(panel.rows()) == 1


def test_an_error_is_shown_and_the_controls_stay_usable(panel):
    """H04 and C10: Node's helper threads run no JavaScript."""
    panel.choose(0, "Node.js server")
    panel.choose(1, "threads")
    panel.press()
    panel.until(f"/did not work/.test(document.querySelector('{PANEL}').innerText)")
    panel.ended()
    assert "never JavaScript" in panel.status()
    panel.choose(2, "hash in C (CPU)")
    panel.press()
    panel.ended()
    assert "requests answered" in panel.status()


def test_the_panel_lives_while_no_cell_runs_and_height_stays(panel):
    """C09 and H06: ten seconds without a cell bring beats, frames and no jump."""
    before, height = int(panel.monitor.get_attribute("data-frames")), panel.monitor.bounding_box()
    panel.page.wait_for_timeout(5000)
    assert int(panel.monitor.get_attribute("data-frames")) - before > 50
    assert panel.monitor.get_attribute("data-kernel") == "beating"
    assert panel.monitor.bounding_box()["height"] == height["height"]


def test_after_a_restart_running_the_cell_brings_it_back(lab, page):
    """H08"""
    lab_server.open_notebook(page, lab, NOTEBOOK)
    lab_server.run_all(page)
    Panel(page)
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    lab_server.run_all(page)
    panel = Panel(page)
    panel.press()
    panel.until(FLAT)
    panel.ended()
    page.faults.clear()  # Lab notes the comms of the kernel that was ended


def test_dark_theme_and_reduced_motion(panel, shots):
    for scheme, motion in (("dark", "no-preference"), ("reduced", "reduce")):
        panel.page.emulate_media(reduced_motion=motion)
        panel.page.evaluate(lab_server.DARK)
        panel.page.wait_for_timeout(3000)
        frames = lab_server.frames_in_3_s(panel.monitor)
        panel.page.locator(PANEL).screenshot(path=shots / f"panel_{scheme}.png")
        assert (frames <= 5) == (scheme == "reduced")


def test_callbacks_run_in_the_kernels_main_thread(panel):
    """Trap: a subshell would answer in another thread, and block nothing."""
    for _ in range(2):
        panel.press()
        panel.until(FLAT)
        panel.ended()
    assert len(panel.rows()) == 2


@pytest.mark.parametrize("name", ["00_start_here", "01_blocked_loop"])
def test_a_reopened_notebook_shows_no_dead_widget(lab, page, shots, name):
    """H07: opened, not run."""
    lab_server.open_notebook(page, lab, f"notebooks/{name}.ipynb")
    page.wait_for_timeout(1500)
    assert "model not found" not in page.inner_text("body")
    page.screenshot(path=shots / f"reopened_{name}.png")


def test_the_lab_settings_of_the_course_are_in_force(lab):
    request = urllib.request.Request(
        f"{lab}lab/api/settings/@jupyterlab/apputils-extension:kernels-settings",
        headers={"Authorization": f"token {lab_server.TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        settings = json.load(answer)
    assert settings["schema"]["properties"]["commsOverSubshells"]["default"] == "disabled"
