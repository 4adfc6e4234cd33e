"""Every lab without a mouse, and in forced colours: what can be used is reached and seen."""

import lab_server
import pytest
from all_panels import CELLS as CELLS  # for the lab's notebook
from all_panels import PANELS, open_panels
from overlaps import NARROW, ZOOMED, overlaps

pytestmark = pytest.mark.browser

# Every control that is shown and may be used now, in the order of the page.
LOOK = """const look = each => {
  const style = getComputedStyle(each);
  return [style.outline, style.boxShadow, style.borderColor, style.backgroundColor].join();
};"""
USABLE = f"""selector => {{
  {LOOK}
  const wanted = 'button, select, input, textarea, summary, [role=slider], [tabindex="0"], '
    + '[contenteditable]';  // a slider's number can be typed
  const shown = each => each.getClientRects().length && !each.disabled
    && !each.closest('[disabled]')
    && (each.tabIndex >= 0 || each.isContentEditable);
  const found = [...document.querySelector(selector).querySelectorAll(wanted)].filter(shown);
  found.forEach((each, number) => {{
    Object.assign(each.dataset, {{ number, look: look(each) }});
  }});
  return found.length;
}}"""
REACHED = f"""selector => {{
  {LOOK}
  const one = document.activeElement;
  const inside = document.querySelector(selector).contains(one);
  const number = inside ? Number(one.dataset.number) : null;
  return [number, look(one) !== one.dataset.look, one.outerHTML];
}}"""


@pytest.mark.timeout(180)
def test_tab_reaches_every_control_in_order_and_shows_where_it_is(lab, page):
    open_panels(page, lab)
    missed, unseen = {}, {}
    for name, selector in PANELS.items():
        page.locator(selector).first.scroll_into_view_if_needed()
        count = page.evaluate(USABLE, selector)
        assert count, name
        page.locator(f"{selector} [data-number='0']").first.focus()
        met = []
        for _ in range(count + 5):
            number, marked, html = page.evaluate(REACHED, selector)
            if number is None:
                break
            met.append(number)
            if number and not marked:  # the first was not reached by a key
                unseen.setdefault(name, []).append(html[:120])
            page.keyboard.press("Tab")
        if met != list(range(count)):
            missed[name] = (met, count)
    assert missed == {}
    assert unseen == {}


# What can be pressed or moved, and has no border of a colour that the system chose.
BARE = """selector => {
  const wanted = 'button, select, .noUi-target, .noUi-handle';
  const none = each => getComputedStyle(each).borderTopStyle === 'none'
    || parseFloat(getComputedStyle(each).borderTopWidth) < 1;
  return [...document.querySelector(selector).querySelectorAll(wanted)]
    .filter(each => each.checkVisibility() && none(each)).map(each => each.outerHTML.slice(0, 120));
}"""


@pytest.mark.timeout(180)
def test_labs_can_be_read_in_forced_colours(lab, playwright, shots):
    """What can be used keeps a border of the learner's own choice; the pictures are looked at."""
    with lab_server.browser_page(playwright, forced_colors="active") as page:
        open_panels(page, lab)
        for name, selector in PANELS.items():
            panel = page.locator(selector).first
            panel.scroll_into_view_if_needed()
            panel.screenshot(path=shots / f"forced_{name}.png")
            assert page.evaluate(BARE, selector) == [], name


@pytest.mark.timeout(180)
def test_nothing_lies_over_anything_narrow_and_at_200_percent(lab, playwright, shots):
    with lab_server.browser_page(playwright, device_scale_factor=2, viewport=ZOOMED) as page:
        open_panels(page, lab)
        found = {}
        for look, size in (("zoomed", ZOOMED), ("narrow", NARROW)):
            page.set_viewport_size(size)
            page.wait_for_timeout(1000)  # JupyterLab lays its page out anew
            for name, selector in PANELS.items():
                panel = page.locator(selector).first
                panel.scroll_into_view_if_needed()
                panel.screenshot(path=shots / f"{look}_{name}.png")
                found[look, name] = overlaps(page, selector)
        assert {where: each for where, each in found.items() if each} == {}
