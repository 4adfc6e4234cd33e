// ipywidgets draws the handle of a slider without a name. Each gets the words that stand beside it,
// and its readout as a description, so that a screen reader says what is being moved. A slider that
// is off stays where it is, but Tab passes it by.

let count = 0;

function render({ el }) {
  let ended = false;
  el.style.display = 'none';
  const watch = new MutationObserver(() => mend(el.closest('.unstuck-panel')));
  const begin = () => {
    if (ended) return;
    const panel = el.closest('.unstuck-panel');
    if (!panel) { requestAnimationFrame(begin); return; }
    mend(panel);
    watch.observe(panel, { childList: true, subtree: true, attributeFilter: ['disabled'] });
  };
  begin();
  return () => { ended = true; watch.disconnect(); };
}

function mend(panel) {
  for (const handle of panel?.querySelectorAll('[role=slider]') ?? []) {
    if (!handle.hasAttribute('aria-label')) name(handle);
    const off = handle.closest('[disabled]') !== null;
    handle.tabIndex = off ? -1 : 0;
    handle.setAttribute('aria-disabled', off);
  }
}

function name(handle) {
  const box = handle.closest('.widget-slider, .widget-hslider');
  handle.setAttribute('aria-label', box?.querySelector('label, .widget-label')?.textContent.trim() || 'Slider');
  const readout = box?.querySelector('.widget-readout');
  if (!readout) return;
  readout.id ||= `unstuck-readout-${count += 1}`;
  handle.setAttribute('aria-describedby', readout.id);
}

export default { render };
