"""axe-core on every lab panel in a real JupyterLab: no grave finding in what is ours.

JupyterLab's own page is not ours to mend: each panel's element alone is looked at.
"""

import axe
import lab_server
import pytest
from all_panels import CELLS as CELLS  # for the lab's notebook
from all_panels import PANELS, open_panels

pytestmark = pytest.mark.browser

# What is pressed, so that charts, tables, sentences and complaints are looked at as well; and the
# words that then come.
PRESSED = {
    "heartbeat": [("Run", "requests answered")],
    "lanes": [("Run", "Running"), ("Stop", "Stopped by you")],
    "roads": [("Run", "Running"), ("Stop", "Stopped by you")],
    "breakeven": [("Run", "Running"), ("Stop", "Stopped by you")],
    "cluster": [("Run", "The cluster serves"), ("Stop", "Stopped by you")],
    "adviser": [("Advise", "That did not work|Advice")],
    "room": [("Read folder", "card")],
}
THEME = "document.body.dataset.jpThemeLight === 'false'"
OPEN = """selector => document.querySelectorAll(`${selector} details`)
  .forEach(each => { each.open = true; })"""
SLIDERS = """() => [...document.querySelectorAll('[class*=unstuck-] [role=slider]')]
  .map(each => each.getAttribute('aria-label'))"""


def test_axe_is_heard(playwright):
    """A page with a fault is found faulty: the tests below would notice one."""
    if lab_server.chromium() is None:
        pytest.skip("there is no Chromium here: tools/chromium.sh says how to get it")
    with lab_server.browser_page(playwright) as page:
        page.set_content("<main><p>fine</p><div id=bad><img src='data:,'></div></main>")
        assert axe.grave(page, "p") == []
        assert [each.split()[0] for each in axe.grave(page, "#bad")] == ["image-alt"]


@pytest.mark.timeout(180)
def test_no_panel_has_a_grave_finding_light_or_dark(lab, page):
    open_panels(page, lab)
    for name, buttons in PRESSED.items():
        for button, words in buttons:
            press(page, PANELS[name], button, words)
    draw_queue(page)
    found = {("light", name): look(page, selector) for name, selector in PANELS.items()}
    page.evaluate(lab_server.DARK)
    page.wait_for_function(THEME)
    found |= {("dark", name): look(page, selector) for name, selector in PANELS.items()}
    assert {where: what for where, what in found.items() if what} == {}
    names = page.evaluate(SLIDERS)
    assert "Flat for (s)" in names
    assert "Slider" not in names  # each has words of its own


def press(page, selector: str, button: str, words: str) -> None:
    """Press a button of a panel, and wait for what it says."""
    lab_server.click(page.locator(selector).first.locator("button", has_text=button).first)
    said = f"document.querySelector('{selector}').innerText"
    lab_server.until(page, f"/{words}/.test({said})", selector)


def draw_queue(page) -> None:
    """Move a slider by keyboard: the queueing panel draws at each change."""
    panel = page.locator(PANELS["queueing"])
    panel.locator("[role=slider]").nth(1).press("ArrowRight")
    panel.locator("img").wait_for()


def look(page, selector: str) -> list[str]:
    """Open what is folded in a panel, and ask axe."""
    page.locator(selector).first.scroll_into_view_if_needed()
    page.evaluate(OPEN, selector)
    return axe.grave(page, selector)
