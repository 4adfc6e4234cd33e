"""The lanes panel in a real JupyterLab: tasks wait and run, the heart beats on, Stop stops."""

import lab_server
import pytest

pytestmark = pytest.mark.browser

CELLS = ["from unstuck.labs import lanes\n\nlanes()"]
SHARED = "panel.ipynb"
PANEL = ".unstuck-lanes-panel"
STATUS = f"{PANEL} .unstuck-status, {PANEL} .unstuck-alert"
PICTURE = f"document.querySelector('{PANEL} .unstuck-lanes').dataset"
HEART = f"document.querySelector('{PANEL} .unstuck-monitor').dataset"
RUN = f"document.querySelector('{PANEL} button.mod-primary')"


class Panel:
    """What a learner sees and presses."""

    def __init__(self, page):
        self.page = page
        self.all = page.locator(PANEL)
        self.picture = page.locator(f"{PANEL} .unstuck-lanes")
        self.picture.wait_for()
        self.picture.scroll_into_view_if_needed()
        self.run = page.locator(f"{PANEL} button", has_text="Run")
        self.stop = page.locator(f"{PANEL} button", has_text="Stop")
        self.until(f"{PICTURE}.state === 'idle' && {HEART}.kernel === 'beating'")

    def until(self, condition: str, seconds: float = 40) -> None:
        lab_server.until(self.page, condition, STATUS, seconds)

    def choose(self, runtime: str, hatch: str) -> None:
        for number, option in enumerate((runtime, hatch)):
            self.page.locator(f"{PANEL} select").nth(number).select_option(option)

    def slide(self, number: int, key: str, times: int = 1) -> None:
        self.page.locator(f"{PANEL} [role=slider]").nth(number).focus()
        for _ in range(times):
            self.page.keyboard.press(key)

    def ended(self) -> None:
        self.until(f"!{RUN}.disabled")

    def status(self) -> str:
        return self.page.locator(STATUS).inner_text()

    def rows(self) -> list[list[str]]:
        return self.page.evaluate(
            f"""() => [...document.querySelectorAll('{PANEL} .unstuck-lanes tbody tr')]
                .map(row => [...row.cells].map(cell => cell.textContent))"""
        )


@pytest.fixture
def panel(notebook):
    return Panel(notebook)


def test_tasks_wait_and_run_and_the_heart_beats_on(panel, shots):
    """H06: the height stays."""
    height = panel.all.bounding_box()["height"]
    panel.choose("Python, then Node.js", "pool")
    panel.run.click()
    panel.until(f"Number({PICTURE}.running) >= 1 && Number({PICTURE}.waiting) >= 2")
    panel.until(f"Number({PICTURE}.ok) >= 3")
    assert panel.page.evaluate(f"{HEART}.kernel") == "beating"
    panel.all.screenshot(path=shots / "lanes_running.png")
    panel.ended()
    panel.until(f"{PICTURE}.state === 'over' && {PICTURE}.ok === '20'")
    panel.all.screenshot(path=shots / "lanes_over.png")
    assert "10 ok, 0 failed" in panel.status()
    assert [row[0] for row in panel.rows()] == ["pool in python", "worker threads in node"]
    panel.until(
        f"/10 ok/.test(document.querySelector('{PANEL} .unstuck-lanes canvas').ariaLabel)", 5
    )
    assert panel.all.bounding_box()["height"] == height


def test_a_run_by_keyboard_with_a_failing_task_is_counted(panel, shots):
    """C10"""
    panel.choose("Python, then Node.js", "threads")
    panel.page.locator(f"{PANEL} input[type=checkbox]").focus()
    panel.page.keyboard.press("Space")
    panel.page.keyboard.press("Tab")
    panel.page.keyboard.press("Enter")
    panel.until(f"{RUN}.disabled")
    panel.ended()
    panel.until(f"{PICTURE}.failed === '2'")
    panel.all.screenshot(path=shots / "lanes_failed.png")
    assert "9 ok, 1 failed: ZeroDivisionError in divided, line" in panel.status()
    assert "Error in lanes.js, line" in panel.status()


def test_inline_makes_the_heart_go_flat(panel):
    panel.choose("Python", "inline")
    panel.slide(1, "ArrowRight", 10)
    panel.run.click()
    panel.until(f"{HEART}.kernel === 'flat'")
    panel.ended()
    panel.until(f"{HEART}.kernel === 'beating'")
    assert "10 ok, 0 failed" in panel.status()


@pytest.mark.parametrize("hatch", ["pool", "threads", "inline"])
def test_stop_is_heard_and_run_works_again(panel, hatch):
    """H09"""
    panel.choose("Python", hatch)
    panel.slide(0, "End")
    for _ in range(5):  # on a busy machine a small run may be over before the click arrives
        panel.run.click()
        panel.until(f"{PICTURE}.state === 'running' && Number({PICTURE}.running) >= 1")
        panel.stop.evaluate("button => button.click()")
        panel.until(f"!{RUN}.disabled", 5)
        panel.until(f"{PICTURE}.state !== 'running'", 5)
        if panel.page.evaluate(f"{PICTURE}.state") == "stopped":
            break
    assert panel.page.evaluate(f"{PICTURE}.state") == "stopped"
    assert "Stopped by you" in panel.status() or "Abandoned" in panel.status()
    panel.slide(0, "Home")
    panel.run.click()
    panel.until(f"{PICTURE}.state === 'over' && {PICTURE}.ok === '1'")


def test_many_clicks_are_one_run(panel):
    """H05"""
    panel.run.evaluate("button => { for (let i = 0; i < 20; i += 1) button.click(); }")
    panel.until(f"{RUN}.disabled")
    panel.ended()
    panel.page.wait_for_timeout(1000)
    assert len(panel.rows()) == 1


def test_eight_lanes_and_forty_tasks_can_be_read_on_dark_ground(panel, shots):
    panel.page.evaluate(lab_server.DARK)
    panel.choose("Python, then Node.js", "threads")
    panel.slide(0, "End")
    panel.slide(1, "Home")
    panel.slide(2, "End")
    panel.page.locator(f"{PANEL} input[type=checkbox]").check()
    panel.run.click()
    panel.until(f"{PICTURE}.state === 'over' && {PICTURE}.ok === '78'")
    panel.all.screenshot(path=shots / "lanes_dark.png")
    assert panel.rows()[0][1] == "40"


def test_reduced_motion_draws_at_most_about_once_a_second(panel):
    panel.page.emulate_media(reduced_motion="reduce")
    panel.page.wait_for_timeout(200)
    assert 1 <= lab_server.frames_in_3_s(panel.picture) <= 6
