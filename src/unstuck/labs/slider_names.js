// ipywidgets draws the handle of a slider without a name. Each gets the words that stand beside it,
// and its readout as a description, so that a screen reader says what is being moved.

let count = 0;

function render({ el }) {
  let ended = false;
  el.style.display = 'none';
  const watch = new MutationObserver(() => nameAll(el.parentElement));
  const begin = () => {
    if (ended) return;
    if (!el.parentElement) { requestAnimationFrame(begin); return; }
    nameAll(el.parentElement);
    watch.observe(el.parentElement, { childList: true, subtree: true });
  };
  begin();
  return () => { ended = true; watch.disconnect(); };
}

function nameAll(panel) {
  for (const handle of panel?.querySelectorAll('[role=slider]:not([aria-label])') ?? []) {
    const box = handle.closest('.widget-slider, .widget-hslider');
    handle.setAttribute('aria-label', box?.querySelector('label, .widget-label')?.textContent.trim() || 'Slider');
    const readout = box?.querySelector('.widget-readout');
    if (!readout) continue;
    readout.id ||= `unstuck-readout-${count += 1}`;
    handle.setAttribute('aria-describedby', readout.id);
  }
}

export default { render };
