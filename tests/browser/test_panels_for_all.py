"""Every lab without a mouse, and in forced colours: what can be used is reached and seen."""

import lab_server
import pytest
from all_panels import CELLS as CELLS  # for the lab's notebook
from all_panels import PANELS, open_panels

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
  const off = one.closest('[disabled]') !== null; // a slider that is off can be reached
  return [number, off || look(one) !== one.dataset.look, one.outerHTML];
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


@pytest.mark.timeout(180)
def test_labs_can_be_read_in_forced_colours(lab, playwright, shots):
    """Words and buttons keep a contrast of the learner's own choice; the pictures are looked at."""
    with lab_server.browser_page(playwright, forced_colors="active") as page:
        open_panels(page, lab)
        for name, selector in PANELS.items():
            panel = page.locator(selector).first
            panel.scroll_into_view_if_needed()
            assert panel.locator("button, select, [role=slider]").first.is_visible(), name
            panel.screenshot(path=shots / f"forced_{name}.png")
