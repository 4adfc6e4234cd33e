"""The static site in Chromium: it asks no other host, replays by keyboard, and suits axe."""

import functools
import http.server
import sys
import threading

import axe
import lab_server
import pytest
from conftest import ROOT
from overlaps import NARROW, ZOOMED, overlaps

sys.path.insert(0, str(ROOT / "tools"))
import site_build

pytestmark = pytest.mark.browser

REPLAY = "document.querySelector('.replay').dataset"
LOOKED_AT = ("index.html", "notebooks/05_interpreters.html", "workshop/guide.html")
WANTED = "a, button, input, summary, canvas, .said, h1, h2"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        """Say nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The built site."""
    if lab_server.chromium() is None:
        pytest.skip("there is no Chromium here: tools/chromium.sh says how to get it")
    folder = tmp_path_factory.mktemp("site") / "site"
    site_build.build(folder)
    return folder


@pytest.fixture(scope="module")
def address(folder):
    """Where the site is served, on this machine alone."""
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join(10)


@pytest.fixture
def page(playwright):
    """A page in a new Chromium; afterwards it must have asked no other host, without a fault."""
    with lab_server.browser_page(playwright) as page:
        yield page
        assert page.hosts <= {"127.0.0.1", ""}
        assert page.faults == []


def pages(folder) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.html"))]


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("scheme", "rules", "some"),
    [
        *(("light", (), slice(start, None, 3)) for start in range(3)),
        ("dark", ("color-contrast",), slice(0, None, 6)),
    ],
)
def test_no_page_has_a_grave_finding_or_asks_another_host(
    folder, address, page, scheme, rules, some
):
    """All pages in light, a third at a time; in dark, where the colours differ, each sixth."""
    page.emulate_media(color_scheme=scheme)
    for name in pages(folder)[some]:
        page.goto(address + name)
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        assert axe.grave(page, rules=rules) == [], name
    assert page.hosts == {"127.0.0.1"}


def test_the_replay_plays_pauses_and_is_moved_by_keyboard(address, page, shots):
    page.goto(address)
    assert "a replay, nothing runs here" in " ".join(page.locator("#replay").inner_text().split())
    page.locator("#replay").screenshot(path=shots / "site_replay_whole.png")
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"Number({REPLAY}.waiting) >= 10 && {REPLAY}.state === 'playing'")
    page.keyboard.press("Space")
    assert page.evaluate(f"{REPLAY}.state") == "still"
    assert "the loop is blocked" in page.locator(".said").inner_text()
    assert "waiting" in page.locator("canvas").get_attribute("aria-label")
    page.locator("#replay").screenshot(path=shots / "site_replay_blocked.png")
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    assert page.evaluate(f"{REPLAY}.waiting") == "0"
    page.keyboard.press("ArrowRight")
    assert float(page.evaluate(f"{REPLAY}.now")) < -0.8


def test_with_reduced_motion_the_replay_is_a_few_still_pictures(address, page):
    page.emulate_media(reduced_motion="reduce")
    page.goto(address)
    page.evaluate("""() => {
      const box = document.querySelector('.replay');
      window.drawn = new Set();
      new MutationObserver(() => window.drawn.add(box.dataset.now))
        .observe(box, {attributes: true, attributeFilter: ['data-now']});
    }""")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(2500)
    assert page.evaluate("window.drawn.size") <= 4


def test_the_course_is_walked_by_keyboard(address, page):
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the text"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "text"
    page.locator("nav a", has_text="00 start here").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/notebooks/00_start_here.html")
    for _ in range(11):
        page.locator("nav.neighbours a", has_text="Next").press("Enter")
        page.wait_for_load_state()
    assert page.url.endswith("workshop/class_data.html")


@pytest.mark.parametrize("look", ["narrow", "zoomed", "dark", "forced"])
def test_it_can_be_read_narrow_zoomed_dark_and_forced(address, playwright, shots, look):
    options = {
        "narrow": {"viewport": NARROW},
        "zoomed": {"viewport": ZOOMED, "device_scale_factor": 2},
        "dark": {"color_scheme": "dark"},
        "forced": {"forced_colors": "active"},
    }[look]
    with lab_server.browser_page(playwright, **options) as page:
        for name in LOOKED_AT:
            page.goto(address + name)
            assert overlaps(page, wanted=WANTED) == [], name
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), name
            stem = name.rpartition("/")[2].partition(".")[0]
            page.screenshot(path=shots / f"site_{stem}_{look}.png", full_page=stem == "index")


def test_it_opens_from_a_folder_without_a_server(folder, page):
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("button", name="Play").click()
    page.locator("nav a", has_text="01 blocked loop").click()
    page.wait_for_url("**/01_blocked_loop.html")
    assert page.evaluate("getComputedStyle(document.querySelector('.note')).borderStyle") != "none"
