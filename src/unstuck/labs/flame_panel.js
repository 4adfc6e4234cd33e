// A flame graph to walk through: a box for each call under its caller's, as wide as its time. Click
// or Enter zooms, Escape shows all again, arrow keys go from box to box, a search marks names.

const GLIDE = 150; // milliseconds of a zoom; none where less motion is wanted
const KINDS = ['your code', 'library or runtime', 'did not compute, waited', 'small calls, merged'];
const HEAD = ['Function', 'Where', 'Own', 'Own (%)', 'Total', 'Not computing'];
const KEYS = 'Click or Enter: zoom in. Escape: all. Arrows: caller, callee, neighbour. Solid: your code; white: library; hatched: waits; dotted: merged; framed: found.';

function render({ model, el }) {
  return new FlameView(model, el).start();
}

class FlameView {
  constructor(model, el) {
    Object.assign(this, { model, el, said: 0, from: 0 });
    this.still = window.matchMedia('(prefers-reduced-motion: reduce)');
    el.classList.add('unstuck-live', 'unstuck-flame');
    el.dataset.lmSuppressShortcuts = 'true'; // JupyterLab's own arrow keys would leave the cell
    this.makeBar();
    const keys = add(el, 'p', { class: 'unstuck-flame-keys' });
    keys.textContent = KEYS;
    this.view = add(el, 'div', { class: 'unstuck-flame-view', tabindex: '0', role: 'application', 'aria-roledescription': 'flame graph' });
    this.canvas = add(this.view, 'canvas', { 'aria-hidden': 'true' });
    this.line = add(el, 'p', {});
    this.spoken = add(el, 'p', { 'aria-live': 'polite', style: 'position:absolute;width:1px;height:1px;min-height:0;overflow:hidden;clip-path:inset(50%)' });
    const details = add(el, 'details', {});
    add(details, 'summary', {}).textContent = 'The hottest functions, as a table';
    this.table = add(details, 'table', {});
  }

  makeBar() {
    const bar = add(this.el, 'div', { class: 'unstuck-flame-bar' });
    const label = add(bar, 'label', {});
    label.textContent = 'Search a function ';
    this.search = add(label, 'input', { type: 'search', maxlength: '100' });
    this.reset = add(bar, 'button', { type: 'button' });
    this.reset.textContent = 'Show all';
    this.found = add(bar, 'span', { role: 'status' });
  }

  start() {
    this.onDrawn = () => this.take();
    this.model.on('change:drawn', this.onDrawn);
    this.search.addEventListener('input', () => this.find());
    this.search.addEventListener('keydown', (event) => this.searchKey(event));
    this.reset.addEventListener('click', () => this.zoom(0));
    this.view.addEventListener('keydown', (event) => this.key(event));
    this.canvas.addEventListener('click', (event) => this.click(event));
    this.canvas.addEventListener('mousemove', (event) => this.hover(event));
    this.canvas.addEventListener('mouseleave', () => this.tell(this.selected));
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.view);
    this.take();
    return () => this.stop();
  }

  stop() {
    this.model.off('change:drawn', this.onDrawn);
    this.sizes.disconnect();
    clearTimeout(this.later);
    cancelAnimationFrame(this.next);
  }

  take() {
    const drawn = this.model.get('drawn');
    this.drawn = drawn;
    this.boxes = boxesOf(drawn);
    this.zoomed = this.selected = 0;
    this.matches = new Set();
    this.range = this.target = [0, drawn.total || 1];
    this.rows = 1 + this.boxes.reduce((most, { row }) => Math.max(most, row), 0);
    this.search.value = '';
    this.found.textContent = '';
    this.view.setAttribute('aria-label', `${drawn.title ?? 'Nothing is shown yet'}. ${drawn.note ?? ''} Arrow keys go from call to call.`);
    this.el.dataset.boxes = this.boxes.length;
    this.fillTable();
    this.tell(0);
    this.glide();
  }

  // moves

  click(event) {
    const at = this.at(event);
    if (at === undefined) return;
    this.select(at);
    this.zoom(at);
  }

  hover(event) {
    const at = this.at(event);
    this.canvas.style.cursor = at === undefined ? 'default' : 'pointer';
    this.line.textContent = this.words(at ?? this.selected);
  }

  key(event) {
    const box = this.boxes[this.selected];
    if (!box) return;
    const moves = {
      ArrowUp: () => box.parent,
      ArrowDown: () => this.widest(box),
      ArrowLeft: () => this.neighbour(box, -1),
      ArrowRight: () => this.neighbour(box, 1),
      Home: () => 0,
    };
    if (event.key === 'Enter') this.zoom(this.selected);
    else if (event.key === 'Escape') this.zoom(0);
    else if (event.key in moves && !event.ctrlKey && !event.metaKey && !event.altKey) this.select(moves[event.key]() ?? this.selected);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  searchKey(event) {
    if (event.key === 'Escape') { this.search.value = ''; this.find(); }
    else if (event.key === 'Enter' && this.matches.size) {
      const list = [...this.matches];
      this.select(list.find((index) => index > this.selected) ?? list[0]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  widest(box) {
    return box.children.reduce((best, index) => (best === undefined || this.boxes[index].width > this.boxes[best].width ? index : best), undefined);
  }

  // The next box of the same row on this side.
  neighbour(box, side) {
    let best;
    this.boxes.forEach(({ row, start }, index) => {
      if (row !== box.row || (start - box.start) * side <= 0) return;
      if (best === undefined || (start - this.boxes[best].start) * side < 0) best = index;
    });
    return best;
  }

  select(index) {
    this.selected = index;
    const box = this.boxes[index];
    const inside = box.start >= this.target[0] && box.start + box.width <= this.target[1] * (1 + 1e-9);
    if (!inside && !this.holdsZoom(index)) this.zoom(this.common(index));
    const y = box.row * ROW;
    const { scrollTop, clientHeight } = this.view;
    if (y < scrollTop || y + ROW > scrollTop + clientHeight) this.view.scrollTop = Math.max(0, y - clientHeight / 2);
    this.tell(index);
    this.draw();
  }

  holdsZoom(index) {
    for (let each = this.zoomed; each !== undefined; each = this.boxes[each].parent) if (each === index) return true;
    return false;
  }

  // The closest caller of the zoomed call that also holds this one.
  common(index) {
    let each = this.zoomed;
    while (each && !within(this.boxes[index], this.boxes[each])) each = this.boxes[each].parent;
    return each;
  }

  zoom(index) {
    const box = this.boxes[index];
    if (!box || !(box.width > 0)) return;
    this.zoomed = index;
    this.target = [box.start, box.start + box.width];
    this.el.dataset.zoom = this.drawn.names[box.label][0];
    if (!within(this.boxes[this.selected], box)) this.selected = index;
    this.tell(this.selected);
    this.glide();
  }

  glide() {
    cancelAnimationFrame(this.next);
    const [begin, source] = [performance.now(), this.range];
    const step = () => {
      const done = this.still.matches ? 1 : Math.min(1, (performance.now() - begin) / GLIDE);
      this.range = source.map((value, side) => value + (this.target[side] - value) * done);
      this.draw();
      if (done < 1) this.next = requestAnimationFrame(step);
    };
    step();
  }

  find() {
    const wanted = this.search.value.trim().toLowerCase();
    const hit = ({ label }) => this.drawn.names[label].some((text) => text.toLowerCase().includes(wanted));
    this.matches = new Set(wanted ? this.boxes.flatMap((box, index) => (hit(box) ? [index] : [])) : []);
    let sum = 0; // a match under another match is part of it
    for (const index of this.matches) if (!this.underMatch(index)) sum += this.boxes[index].width;
    const share = ((100 * sum) / (this.drawn.total || 1)).toFixed(1);
    this.found.textContent = wanted ? `${this.matches.size} boxes found, ${share} % of the time` : '';
    this.el.dataset.found = this.matches.size;
    this.draw();
  }

  underMatch(index) {
    for (let each = this.boxes[index].parent; each !== undefined; each = this.boxes[each].parent) if (this.matches.has(each)) return true;
    return false;
  }

  // words

  tell(index) {
    this.line.textContent = this.words(index);
    if (!this.boxes[index]) return;
    this.el.dataset.selected = this.drawn.names[this.boxes[index].label][0];
    clearTimeout(this.later); // a screen reader hears the last call only, at most once a second
    const wait = Math.max(0, 1000 - (Date.now() - this.said));
    this.later = setTimeout(() => { this.said = Date.now(); this.spoken.textContent = this.words(index); }, wait);
  }

  words(index) {
    const box = this.boxes[index];
    if (!box) return 'Nothing is shown yet.';
    const [name, where] = this.drawn.names[box.label];
    const share = ((100 * box.width) / (this.drawn.total || 1)).toFixed(1);
    const times = `${this.amount(box.width)}, ${share} %; own ${this.amount(box.own)}`;
    return `${name}${where && ` (${where})`}: ${times}; ${KINDS[box.kind]}; callees: ${box.children.length}.`;
  }

  amount(value) {
    return this.drawn.unit === 'seconds' ? `${value.toFixed(3)} s` : `${Math.round(value)} ${this.drawn.unit}`;
  }

  fillTable() {
    this.table.replaceChildren();
    add(this.table, 'caption', {}).textContent = this.drawn.title ?? '';
    const head = add(add(this.table, 'thead', {}), 'tr', {});
    for (const text of HEAD) add(head, 'th', { scope: 'col' }).textContent = text;
    const body = add(this.table, 'tbody', {});
    for (const row of this.model.get('rows')) {
      const line = add(body, 'tr', {});
      for (const value of row) add(line, 'td', {}).textContent = value;
    }
  }

  // the picture

  place(box) {
    const [from, to] = this.range;
    const scale = this.canvas.clientWidth / (to - from);
    const left = Math.max(0, (box.start - from) * scale);
    const right = Math.min(this.canvas.clientWidth, (box.start + box.width - from) * scale);
    return [left, box.row * ROW, right - left];
  }

  at({ offsetX, offsetY }) {
    const row = Math.floor(offsetY / ROW);
    const hit = this.boxes.findIndex((box) => {
      if (box.row !== row) return false;
      const [left, , width] = this.place(box);
      return offsetX >= left && offsetX <= left + width && width > 0;
    });
    return hit < 0 ? undefined : hit;
  }

  draw() {
    const { canvas } = this;
    const height = Math.max(this.rows, 3) * ROW;
    canvas.style.height = `${height}px`;
    const [ratio, width] = [window.devicePixelRatio || 1, canvas.clientWidth];
    if (!width) return;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext('2d');
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = '12px sans-serif';
    new Painter(this, pen).boxes();
    this.el.dataset.frames = Number(this.el.dataset.frames ?? 0) + 1;
  }
}

export default { render };
