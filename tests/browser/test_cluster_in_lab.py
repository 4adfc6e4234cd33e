"""The cluster panel in a real JupyterLab: workers serve, are harmed and come back, Stop stops."""

import lab_server
import psutil
import pytest
from overlaps import NARROW, ZOOMED, overlaps

pytestmark = pytest.mark.browser

CELLS = ["from unstuck.labs import cluster\n\npanel = cluster()\npanel.workers.value = 2\npanel"]
SHARED = "panel.ipynb"
PANEL = ".unstuck-cluster-panel"
STATUS = f"{PANEL} .unstuck-status, {PANEL} .unstuck-alert"
PICTURE = f"document.querySelector('{PANEL} .unstuck-cluster').dataset"
RUN = f"document.querySelector('{PANEL} button.mod-primary')"
OVER = f"/The run is over/.test(document.querySelector('{PANEL} p').textContent)"
FOCUS = """() => {
  const one = document.activeElement;
  return [one.textContent.trim(), getComputedStyle(one).outlineWidth];
}"""


class Panel:
    """What a learner sees and presses."""

    def __init__(self, page):
        self.page = page
        self.all = page.locator(PANEL)
        self.picture = page.locator(f"{PANEL} .unstuck-cluster")
        self.picture.wait_for()
        self.picture.scroll_into_view_if_needed()
        self.until(f"{PICTURE}.state === 'idle'")

    def until(self, condition: str, seconds: float = 40) -> None:
        lab_server.until(self.page, condition, STATUS, seconds)

    def button(self, words: str):
        return self.all.locator("button", has_text=words).first

    def press(self, words: str, answer: str) -> str:
        """Press a button and wait for its sentence."""
        lab_server.click(self.button(words))
        self.until(f"/{answer}/.test(document.querySelector('{PANEL}').textContent)")
        return self.status()

    def heavy(self) -> None:
        assert self.all.locator("input[type=checkbox]").nth(1).is_checked()  # by default

    def serves(self, workers: int = 2) -> None:
        lab_server.click(self.button("Run"))
        self.until(f"Number({PICTURE}.ready) === {workers} && Number({PICTURE}.light) > 5")
        self.until(f"!document.querySelector('{PANEL} button.mod-danger').disabled")

    def stop(self) -> None:
        lab_server.click(self.button("Stop"))
        self.until(f"!{RUN}.disabled", 5)
        self.until(f"{PICTURE}.state === 'over'", 5)

    def status(self) -> str:
        return self.page.locator(STATUS).inner_text()

    def rows(self) -> list[list[str]]:
        return self.page.evaluate(
            f"""() => [...document.querySelectorAll('{PANEL} tbody tr')]
                .map(row => [...row.cells].map(cell => cell.textContent))"""
        )


@pytest.fixture
def panel(notebook):
    return Panel(notebook)


@pytest.fixture
def lonely(lab, page):
    """A panel on a page of its own, which may be harmed."""
    lab_server.open_notebook(page, lab, "panel.ipynb")
    lab_server.run_all(page)
    return Panel(page)


@pytest.mark.parametrize("runtime", ["Python", "Node.js"])
def test_every_button_does_what_it_says_and_the_height_stays(panel, shots, runtime, request):
    """H06"""
    if runtime == "Node.js":
        request.getfixturevalue("needs_node")
    panel.all.locator("select").first.select_option(label=runtime)
    panel.page.wait_for_timeout(500)  # a choice reaches the kernel a little later
    name = runtime.partition(".")[0].lower()
    height = panel.all.bounding_box()["height"]
    panel.heavy()
    panel.serves()
    panel.until(f"Number({PICTURE}.heavy) > 20")
    panel.page.wait_for_timeout(3000)  # a few seconds for the picture
    said = panel.press("Kill -9", "was killed")
    assert "serves since" in said
    panel.all.screenshot(path=shots / f"cluster_{name}_killed.png")
    lab_server.click(panel.button("Hang"))
    panel.until(f"Number({PICTURE}.flat) >= 1")
    panel.page.wait_for_timeout(2500)  # the clients' patience
    panel.all.screenshot(path=shots / f"cluster_{name}_hangs.png")
    panel.until(f"/Worker \\d+ hung: /.test(document.querySelector('{PANEL}').textContent)")
    panel.until(f"Number({PICTURE}.lost) > 0")
    assert "were replaced by" in panel.press("Rolling restart", "were replaced")
    assert "3 workers serve" in panel.press("Add a worker", "was added")
    assert "2 workers serve" in panel.press("Remove a worker", "drained and ended")
    panel.all.screenshot(path=shots / f"cluster_{name}_restarted.png")
    assert panel.all.bounding_box()["height"] == height
    panel.stop()
    panel.until(f"/Stopped by you/.test(document.querySelector('{PANEL}').textContent)", 5)
    panel.until(OVER)
    said = panel.picture.locator("[aria-live=polite]").inner_text()
    assert f"Lost requests: {panel.rows()[-1][-1]}." in said
    label = panel.picture.locator("canvas").get_attribute("aria-label")
    assert f"light: {panel.rows()[-1][2]} answered" in label
    assert f"{panel.page.evaluate(f'{PICTURE}.light')} light" in panel.status()


def test_workers_that_crash_at_start_are_given_up_in_a_sentence(panel, shots):
    """F02"""
    panel.serves()
    panel.press("Crash at start", "From now on each new worker crashes")
    panel.press("Kill -9", "no worker takes its place after 4 starts that failed: 1 worker serves")
    panel.all.screenshot(path=shots / "cluster_given_up.png")
    lab_server.click(panel.button("Kill -9"))
    panel.until(f"!{RUN}.disabled")
    assert "The cluster gave up after 4 starts that failed" in panel.status()
    panel.all.screenshot(path=shots / "cluster_gave_up.png")
    panel.serves()
    panel.stop()


@pytest.mark.parametrize("harm", [None, "Hang"])
def test_stop_is_heard_and_run_works_again(panel, harm):
    """H09"""
    panel.serves()
    if harm:
        panel.press(harm, "waits for ever")
    panel.stop()
    panel.serves()
    panel.stop()


def test_a_run_by_keyboard_and_what_a_screen_reader_hears(panel):
    panel.button("Run").focus()
    panel.page.keyboard.press("Enter")
    panel.until(f"Number({PICTURE}.ready) === 2 && Number({PICTURE}.light) > 5")
    panel.until(f"!document.querySelector('{PANEL} button.mod-danger').disabled")
    panel.button("Kill -9").focus()
    panel.page.keyboard.press("Space")
    panel.until(f"/was killed/.test(document.querySelector('{PANEL}').textContent)")
    panel.until(f"/2 ready/.test(document.querySelector('{PANEL} table').textContent)")
    live = panel.picture.locator("[aria-live=polite]")
    assert "Workers: " in live.inner_text()
    assert "light: " in panel.picture.locator("canvas").get_attribute("aria-label")
    panel.stop()
    panel.until(OVER, 5)


def test_every_control_is_reached_by_tab_and_shows_its_focus(panel):
    """All that can be pressed or chosen while a cluster serves, in the order of the page."""
    panel.serves()
    panel.button("Stop").focus()
    seen = []
    for _ in range(12):
        panel.page.keyboard.press("Tab")
        seen.append(panel.page.evaluate(FOCUS))
    names = [name for name, _ in seen]
    wished = ["Compare", "Kill -9", "Hang", "Crash at start", "Rolling restart"]
    wished += ["Add a worker", "Remove a worker"]
    assert [name for name in names if name in wished] == wished
    assert all(width != "0px" for name, width in seen if name in wished)
    panel.stop()


def test_what_is_kept_is_compared_in_the_table(panel, shots):
    panel.serves()
    panel.stop()
    panel.press("Keep results", "Kept in unstuck-cluster.json")
    panel.all.locator("button", has_text="Compare").last.click()
    panel.until(f"/kept run/.test(document.querySelector('{PANEL} table').textContent)")
    assert [row[0] for row in panel.rows()[-2:]] == ["this run", "kept run"]
    panel.picture.locator("summary").click()
    panel.all.screenshot(path=shots / "cluster_compared.png")


def test_a_kernel_that_restarts_leaves_a_picture_that_says_so(lonely, page, shots):
    lonely.serves()
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    lonely.until(f"/No word from the kernel/.test(document.querySelector('{PANEL} p').textContent)")
    lonely.until(f"{PICTURE}.state === 'silent'")
    lonely.all.screenshot(path=shots / "cluster_kernel_restarted.png")


def of_the_course() -> set[int]:
    """The processes that a kernel of this JupyterLab runs for the course."""
    below = psutil.Process().children(recursive=True)
    programs = [each for each in below if each.cmdline()[1:3] == ["-m", "unstuck"]]
    return {each.pid for one in programs for each in (one, *one.children(recursive=True))}


def test_a_page_that_is_left_ends_its_cluster(lonely, page, until, gone):
    lonely.serves()
    pids = of_the_course()
    assert len(pids) >= 4  # a primary, two workers, their clients
    page.goto("about:blank")
    until(lambda: all(map(gone, pids)))


def test_a_cell_that_is_run_again_or_deleted_stops_its_cluster(lonely, lab, page):
    """F01"""
    lonely.serves()
    lab_server.run_all(page)
    page.wait_for_function(f"{PICTURE.replace('.dataset', '?.dataset')}.state === 'idle'")
    again = Panel(page)
    again.serves()
    page.evaluate("jupyterapp.commands.execute('notebook:insert-cell-below')")
    page.evaluate(
        """async () => {
          const notebook = jupyterapp.shell.currentWidget.content;
          notebook.activeCellIndex = 0;
          await jupyterapp.commands.execute('notebook:delete-cell');
          notebook.model.sharedModel.cells.at(-1).setSource('panel.status');
        }"""
    )
    page.wait_for_timeout(3000)
    lab_server.run_all(page)
    page.wait_for_function("/not shown any more/.test(document.body.textContent)")


def zoom(page) -> None:
    """Show what 200 % leaves of a window, in twice as many pixels: Playwright sets sizes only."""
    page.set_viewport_size(ZOOMED)
    session = page.context.new_cdp_session(page)
    metrics = {**ZOOMED, "deviceScaleFactor": 2, "mobile": False}
    session.send("Emulation.setDeviceMetricsOverride", metrics)
    assert page.evaluate("[innerWidth, devicePixelRatio]") == [ZOOMED["width"], 2]


def rest(page) -> None:
    page.set_viewport_size(lab_server.SIZE)
    page.emulate_media(reduced_motion="reduce")


def darken(page) -> None:
    page.emulate_media(reduced_motion="no-preference")
    page.evaluate(lab_server.DARK)


LOOKS = {  # one after the other, on one page
    "narrow": lambda page: page.set_viewport_size(NARROW),
    "zoomed": zoom,
    "reduced": rest,
    "dark": darken,
}


def test_it_can_be_read_narrow_zoomed_dark_and_still(panel, shots):
    page = panel.page
    page.evaluate("jupyterapp.shell.collapseLeft()")
    panel.heavy()
    panel.serves()
    panel.press("Kill -9", "was killed")
    for look, show in LOOKS.items():
        show(page)
        page.wait_for_timeout(2500)
        assert (lab_server.frames_in_3_s(panel.picture) <= 6) == (look == "reduced")
        panel.all.screenshot(path=shots / f"cluster_{look}.png")
        assert overlaps(page, PANEL) == []
    panel.stop()
