// What every live picture does, whatever it draws: it takes the kernel's events, draws on the
// browser's own clock, says in words what is seen, and fills its table. A picture extends LiveView
// with event(event), paint(pen, width, now) and words().

class LiveView {
  constructor(model, el, { name, height, columns, caption }) {
    Object.assign(this, { model, el, height, columns, caption, offset: Infinity, frames: 0, running: false });
    this.still = window.matchMedia('(prefers-reduced-motion: reduce)');
    this.onEvents = (message) => message.kind === 'events' && this.take(message);
    this.onRows = () => this.fillTable();
    this.onLeave = () => this.leave();
    this.el.classList.add('unstuck-live', name);
    this.canvas = add(this.el, 'canvas', { role: 'img' });
    this.canvas.style.height = `${height}px`;
    const details = add(this.el, 'details', {});
    add(details, 'summary', {}).textContent = 'The numbers of the last runs, as a table';
    this.table = add(details, 'table', {});
    this.fillTable();
  }

  start() {
    this.running = true;
    this.model.on('msg:custom', this.onEvents);
    this.model.on('change:rows', this.onRows);
    this.seen = new IntersectionObserver(([entry]) => { this.visible = entry.isIntersecting; this.hello(); });
    this.seen.observe(this.canvas);
    this.hellos = setInterval(() => this.hello(), 20_000);
    this.describing = setInterval(() => this.describe(), 1000);
    window.addEventListener('pagehide', this.onLeave);
    this.visible = true;
    this.hello();
    requestAnimationFrame(() => this.frame());
    return () => this.stop();
  }

  stop() {
    this.running = false;
    this.model.off('msg:custom', this.onEvents);
    this.model.off('change:rows', this.onRows);
    this.seen.disconnect();
    clearInterval(this.hellos);
    clearInterval(this.describing);
    window.removeEventListener('pagehide', this.onLeave);
    this.leave();
  }

  // The kernel sends events only to a picture that is looked at, and ends what nobody can see.
  hello() {
    if (!this.visible || document.hidden) return;
    if (!this.here) this.model.send({ kind: 'here' });
    this.here = true;
    this.model.send({ kind: 'shown' });
  }

  leave() {
    if (this.here) this.model.send({ kind: 'gone' });
    this.here = false;
  }

  take({ now, events }) {
    // The kernel's clock may differ from this one: the quickest message tells by how much.
    this.offset = Math.min(this.offset, Date.now() / 1000 - now);
    for (const event of events) this.event(event);
  }

  now() {
    return Date.now() / 1000 - (Number.isFinite(this.offset) ? this.offset : 0);
  }

  frame() {
    if (!this.running) return;
    const due = !this.still.matches || Date.now() - (this.drawn ?? 0) > 1000;
    if (due && this.canvas.clientWidth > 0) this.draw();
    requestAnimationFrame(() => this.frame());
  }

  draw() {
    this.drawn = Date.now();
    const { canvas, height } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext('2d');
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.paint(pen, width, this.now());
    this.el.dataset.frames = this.frames += 1;
  }

  describe() {
    const label = this.words();
    if (this.canvas.getAttribute('aria-label') !== label) this.canvas.setAttribute('aria-label', label);
  }

  fillTable() {
    this.table.replaceChildren();
    add(this.table, 'caption', {}).textContent = this.caption;
    const head = add(add(this.table, 'thead', {}), 'tr', {});
    for (const column of this.columns) add(head, 'th', { scope: 'col' }).textContent = column;
    const body = add(this.table, 'tbody', {});
    for (const row of this.model.get('rows')) {
      const line = add(body, 'tr', {});
      for (const value of row) add(line, 'td', {}).textContent = value;
    }
  }
}

function add(parent, tag, attributes) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  parent.append(node);
  return node;
}

function isDark(color) {
  const [red, green, blue] = (color.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return 0.3 * red + 0.6 * green + 0.1 * blue < 128;
}
