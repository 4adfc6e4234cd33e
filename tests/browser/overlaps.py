"""What lies over something else on a page, or is cut off at its right end."""

NARROW = {"width": 400, "height": 1300}
ZOOMED = {"width": 640, "height": 700}  # what 200 % leaves of 1280 pixels

_FIND = """([within, wanted]) => {
  const selector = wanted.split(',').map(each => `${within} ${each}`).join();
  const cropped = (each, box) => { // to what its ancestors let be seen
    let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
    for (let one = each.parentElement; one; one = one.parentElement) {
      if (getComputedStyle(one).overflowY !== 'hidden') continue;
      const frame = one.getBoundingClientRect();
      [top, bottom] = [Math.max(top, frame.top), Math.min(bottom, frame.bottom)];
    }
    return {left, top, right, bottom};
  };
  const shown = [...document.querySelectorAll(selector)]
    .filter(each => each.checkVisibility({contentVisibilityAuto: true}))
    .filter(each => getComputedStyle(each).clipPath === 'none') // only to be heard
    .flatMap(each => [...each.getClientRects()].map(box => [each, cropped(each, box)]))
    .filter(([each, box]) => box.right - box.left > 1 && box.left >= 0);
  const name = each => `${each.tagName} ${each.textContent.slice(0, 30)}`;
  const right = Math.min(innerWidth, document.querySelector(within).getBoundingClientRect().right);
  const found = shown.filter(([each, box]) => !each.closest('.wide') && box.right > right + 1)
    .map(([each]) => `${name(each)} is cut off`);
  for (const [first, a] of shown) for (const [second, b] of shown) {
    if (first.contains(second) || second.contains(first)) continue;
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 2 && high > 4) found.push(`${name(first)} over ${name(second)}`);
  }
  return found;
}"""
CONTROLS = "button, select, input, textarea, summary, canvas, p, .widget-readout, .widget-html"


def overlaps(page, within: str = "body", wanted: str = CONTROLS) -> list[str]:
    """Name what is cut off or covered among the `wanted` elements in one element of the page."""
    return page.evaluate(_FIND, [within, wanted])
