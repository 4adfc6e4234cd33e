// The slides' keys and buttons: one slide at a time, its number in the address.
const slides = [...document.querySelectorAll('section')];
const place = document.querySelector('output');
const keys = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };
let now = 0;
function show(wanted) {
  now = Math.max(0, Math.min(slides.length - 1, wanted));
  slides.forEach((slide, index) => slide.classList.toggle('now', index === now));
  place.textContent = `${now + 1} of ${slides.length}`;
  history.replaceState(null, '', `#${now + 1}`);
  scrollTo(0, 0);
  slides[now].focus({ preventScroll: true });
}
function step(event) {
  const busy = event.target.closest('button, summary, a, input');
  if (event.ctrlKey || event.altKey || event.metaKey || (busy && event.key === ' ')) return;
  if (event.key in keys) show(now + keys[event.key]);
  else if (event.key === ' ') show(now + (event.shiftKey ? -1 : 1));
  else if (event.key === 'Home') show(0);
  else if (event.key === 'End') show(slides.length - 1);
  else return;
  event.preventDefault();
}
document.body.classList.add('shown');
document.addEventListener('keydown', step);
document.querySelector('#back').addEventListener('click', () => show(now - 1));
document.querySelector('#next').addEventListener('click', () => show(now + 1));
addEventListener('hashchange', () => show(Number(location.hash.slice(1)) - 1));
show((Number(location.hash.slice(1)) || 1) - 1);
