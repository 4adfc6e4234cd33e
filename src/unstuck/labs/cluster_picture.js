// A cluster at work: a lane for each worker with its state, its beat and the requests it answered.
// The kernel sends ten frames a second; each says what is new since the one before.

const HEIGHT = 400; // pixels, for three lanes or nine, so that the page never jumps
const HEAD = 70; // pixels for the figures of all workers
const FOOT = 18; // pixels for the seconds
const LANE = 104; // pixels of a lane at most
const ROWS = 3; // that always have room
const WINDOW = 8; // seconds from the left edge to now
const DELAY = 0.3; // seconds: how far behind now the right edge is, so that no frame comes too late
const SILENT = 0.5; // seconds without a beat after which a lane counts as flat
const LATE = 0.15; // seconds: a beat that is later than this was held up
const QUIET = 3; // seconds without a frame after which the picture stands still
const NARROW = 620; // pixels: below, the latencies have a line of their own
const INK = { starting: 'prediction', draining: 'waiting', hung: 'blocked', ended: 'failed' };

function render({ model, el }) {
  return new View(model, el).start();
}

class View extends LiveView {
  constructor(model, el) {
    super(model, el, {
      name: 'unstuck-cluster',
      height: HEIGHT,
      columns: model.get('columns'),
      caption: 'Answers so far; latencies of the last seconds',
    });
    this.el.querySelector('summary').textContent = 'The workers now, as a table';
    this.said = document.createElement('p');
    this.said.setAttribute('aria-live', 'polite');
    this.canvas.after(this.said);
    this.begin('python', 'idle');
    if (model.get('last').workers) this.push(model.get('last'));
    this.onRows = () => {}; // the table is filled with the rest, in describe()
    this.describe();
  }

  event(event) {
    if (event.kind === 'run') this.begin(event.runtime, 'running');
    else if (event.kind === 'over') this.state = 'over';
    else this.push(event);
  }

  begin(runtime, state) {
    Object.assign(this, { runtime, state, lanes: new Map(), losses: [], last: null, told: null });
  }

  push(frame) {
    if (this.state === 'idle') this.state = frame.over ? 'over' : 'running';
    const before = this.last;
    this.first = before ? this.first : frame.at;
    for (const values of frame.workers) {
      // Frames are missing where nobody looked: they are not made up.
      const worker = new Seen(frame.at, Math.max(before?.at ?? 0, frame.at - 0.3), values);
      if (!this.lanes.has(worker.pid)) this.lanes.set(worker.pid, new Lane(worker.row));
      this.lanes.get(worker.pid).push(worker);
    }
    const here = new Set(frame.workers.map(([pid]) => pid));
    for (const [pid, lane] of this.lanes) if (!here.has(pid)) lane.end(frame.at, before?.at ?? frame.at);
    const more = sum(frame.lost) - sum(before?.lost ?? {});
    for (let each = 0; each < more; each += 1) this.losses.push(frame.at - 0.1 + (each + 0.5) / more / 10);
    this.last = frame;
    for (const [pid, lane] of this.lanes) if (lane.forget(frame.at - WINDOW - 2)) this.lanes.delete(pid);
    this.losses = this.losses.filter((at) => at > frame.at - WINDOW - 2);
  }

  paint(pen, width, now) {
    const still = this.state === 'over' || this.silent();
    const edge = still ? this.last?.at ?? now : now - DELAY;
    new Picture(this, pen, width, edge).draw();
  }

  // No frame comes: the kernel was restarted, or is busy with a cell.
  silent() {
    return this.state === 'running' && this.last !== null && this.now() - this.last.at > QUIET;
  }

  current() {
    return this.last?.workers.map((values) => new Seen(0, 0, values)) ?? [];
  }

  // Once a second all words and numbers take the same moment: legend, lanes, sentence and table.
  describe() {
    const last = this.model.get('last');
    // What is left of the run before is older than the frames of this one.
    if (this.last && last.workers && last.at >= (this.told?.at ?? this.first)) this.told = last;
    if (this.filled !== this.model.get('rows')) {
      this.filled = this.model.get('rows');
      this.fillTable();
    }
    super.describe();
    if (this.still.matches && this.running) this.draw();
    const text = this.sentence();
    if (this.said.textContent !== text) this.said.textContent = text;
  }

  sentence() {
    const { figures } = this;
    if (!figures) return 'No cluster has run yet.';
    if (this.silent()) return 'No word from the kernel: it was restarted, or is busy with a cell.';
    const workers = figures.workers.map(([pid, , state]) => `${pid} ${state}`);
    const over = this.state === 'over' ? 'The run is over. At its end: ' : '';
    return `${over}Workers: ${workers.join(', ') || 'none'}. Lost requests: ${lostWords(figures.lost)}.`;
  }

  // The frame whose numbers are told.
  get figures() {
    return this.told ?? this.last;
  }

  words() {
    if (!this.last) return 'The workers of a cluster. Nothing has run yet.';
    const figures = Object.entries(this.figures.traffic).map((each) => trafficWords(...each)).join('. ');
    return `${this.sentence()} ${figures}.`;
  }
}

// What a frame says of one worker: what is new from one moment to another.
class Seen {
  constructor(at, from, [pid, row, state, beats, late, light, heavy, lightFigures, heavyFigures, memory]) {
    Object.assign(this, { at, from, pid, row, state, beats, late, light, heavy, lightFigures, heavyFigures, memory });
  }
}

// What one worker did lately.
class Lane {
  constructor(row) {
    Object.assign(this, { row, seen: [], lastBeat: null });
  }

  push(seen) {
    this.seen.push(seen);
    if (seen.beats || this.lastBeat === null || seen.state === 'starting') this.lastBeat = seen.at;
  }

  // Another worker has taken its row.
  end(at, from) {
    const last = this.seen.at(-1);
    if (last.state !== 'ended') this.seen.push({ ...last, at, from, state: 'ended', beats: 0, late: 0, light: 0, heavy: 0 });
  }

  forget(before) {
    while (this.seen.length && this.seen[0].at < before) this.seen.shift();
    return this.seen.length === 0;
  }

  flatSince(edge) {
    const { state } = this.seen.at(-1);
    return ['ready', 'draining', 'hung'].includes(state) && edge - this.lastBeat > SILENT ? this.lastBeat : null;
  }
}

function sum(counts) {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}

function lostWords(lost) {
  const kinds = Object.entries(lost).map(([kind, count]) => `${count} ${kind}`);
  return kinds.length ? kinds.join(', ') : 'none';
}

function trafficWords(kind, [answered, waiting, p50, p99]) {
  const latency = p50 === undefined ? '' : `, p50 ${short(p50)}, p99 ${short(p99)} ms`;
  return `${kind}: ${answered} answered, ${waiting} waiting${latency}`;
}

function short(milliseconds) {
  return milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds);
}

// All lanes at one moment.
class Picture {
  constructor(view, pen, width, edge) {
    Object.assign(this, { view, pen, width, edge, narrow: width < NARROW, notes: [] });
    const style = getComputedStyle(view.el);
    [this.ground, this.text] = [style.backgroundColor, style.color];
    const dark = isDark(this.ground);
    this.ink = (meaning) => view.model.get('inks')[meaning][dark ? 'dark' : 'light'];
  }

  x(at) {
    return this.width - 6 - ((this.edge - at) / WINDOW) * (this.width - 6);
  }

  draw() {
    const { view } = this;
    this.pen.font = '13px sans-serif';
    if (!view.last) {
      this.write('No cluster runs yet: press Run.', 6, 18);
      this.tell(0);
      return;
    }
    this.head(view.figures);
    const rows = [...new Set([...view.lanes.values()].map(({ row }) => row))].sort((a, b) => a - b);
    const high = Math.min(LANE, (HEIGHT - HEAD - FOOT) / Math.max(ROWS, rows.length));
    let flat = 0;
    for (const lane of view.lanes.values()) flat += this.lane(lane, HEAD + rows.indexOf(lane.row) * high, high);
    this.names();
    this.axis();
    this.tell(flat);
  }

  // What is drawn, in numbers too.
  tell(flat) {
    const { figures: last } = this.view;
    const state = this.view.silent() ? 'silent' : this.view.state;
    const counts = { starting: 0, ready: 0, draining: 0, hung: 0, ended: 0 };
    for (const worker of this.view.current()) counts[worker.state] += 1;
    const [light, heavy] = ['light', 'heavy'].map((kind) => last?.traffic[kind][0] ?? 0);
    Object.assign(this.view.el.dataset, counts, { state, flat, light, heavy, lost: sum(last?.lost ?? {}) });
  }

  head({ traffic, lost }) {
    this.pen.font = '13px sans-serif';
    ['light', 'heavy'].forEach((kind, index) => {
      this.shape(kind, 12, 12 + index * 17, 4);
      this.fit(trafficWords(kind, traffic[kind]), 24, 16 + index * 17, 13);
    });
    this.pen.strokeStyle = this.ink('failed');
    this.cross(12, 46, 4);
    this.fit(`lost: ${lostWords(lost)}`, 24, 50, 13);
    const crosses = this.view.losses.filter((at) => at <= this.view.figures.at); // those in the words
    for (const at of crosses) if (this.x(at) > 4) this.cross(this.x(at), 60, 3);
    this.pen.strokeStyle = this.ink('quiet');
    this.line([[0, HEAD - 3], [this.width, HEAD - 3]]);
  }

  shape(kind, x, y, size) {
    const { pen } = this;
    pen.fillStyle = this.ink(this.view.runtime);
    if (kind === 'light') pen.fillRect(x - 0.75, y - size, 1.5, size * 2);
    else {
      pen.beginPath();
      for (const [dx, dy] of [[-1, 0], [0, -1], [1, 0], [0, 1]]) pen.lineTo(x + dx * size, y + dy * size);
      pen.fill();
    }
  }

  lane(lane, top, high) {
    const { view } = this;
    const now = lane.seen.at(-1);
    const isShown = view.current().some(({ pid }) => pid === now.pid);
    const two = this.narrow && high >= 56;
    const track = { top: top + (two ? 32 : 17), high: high - (two ? 34 : 19) };
    const place = { base: track.top + track.high * 0.5, up: Math.min(20, track.high * 0.45) };
    place.light = track.top + track.high * 0.7;
    place.heavy = track.top + track.high * 0.9;
    place.size = Math.max(2, Math.min(4, track.high * 0.1));
    this.states(lane, place, track);
    this.requests(lane, place);
    const since = isShown && view.state === 'running' && !view.silent() ? lane.flatSince(this.edge) : null;
    if (since !== null) this.flat(since, this.edge, place);
    const told = view.figures.workers.find(([pid]) => pid === now.pid) ?? [];
    const { lightFigures = [], heavyFigures = [], memory } = new Seen(0, 0, told);
    if (isShown) this.words({ ...now, lightFigures, heavyFigures, memory }, top, two, since);
    return since === null ? 0 : 1;
  }

  // The line of a lane: what state the worker was in, its beats, and where they were held up.
  states(lane, { base, up }, track) {
    const { pen } = this;
    let last = -20;
    for (const seen of lane.seen) {
      const [from, to] = [Math.max(0, this.x(seen.from)), Math.min(this.width, this.x(seen.at))];
      if (to <= 0 || seen.state === 'ended') continue;
      this.stretch(seen.state, from, to, base, track);
      if (seen.beats && to - last >= 11 && seen.late < LATE) {
        last = to;
        pen.strokeStyle = this.ink(this.view.runtime);
        this.line([[to - 3, base], [to - 2, base + 2], [to, base - up], [to + 2, base + 4], [to + 4, base]]);
      }
    }
    for (const { at, late, state } of lane.seen) {
      if (late > LATE && state !== 'ended') this.flat(at - late, at, { base, up });
    }
    const end = lane.seen.find(({ state }) => state === 'ended');
    if (end && end.from - lane.lastBeat > SILENT) this.flat(lane.lastBeat, end.from, { base, up });
    pen.strokeStyle = this.ink('failed');
    pen.lineWidth = 2;
    if (end && this.x(end.from) > 0) {
      this.cross(this.x(end.from), base, 5);
      if (up > 12) this.notes.push({ text: `${end.pid} ended`, x: this.x(end.from) - 4, y: base - 12, base, first: 0 });
    }
    pen.lineWidth = 1;
  }

  stretch(state, from, to, base, { top, high }) {
    const { pen } = this;
    pen.strokeStyle = this.ink(INK[state] ?? this.view.runtime);
    pen.lineWidth = 1.5;
    if (state === 'starting') pen.setLineDash([2, 3]);
    if (state === 'draining') pen.setLineDash([7, 4]);
    pen.lineDashOffset = from - Math.floor(this.x(0)); // dashes move with time
    this.line([[from, base], [to, base]]);
    pen.setLineDash([]);
    pen.lineWidth = 1;
    if (state === 'hung' || state === 'draining') this.pattern(state, from, top, to - from, high);
  }

  // Lines that lean one way, or both ways for "hung".
  pattern(state, left, top, wide, high) {
    const { pen } = this;
    pen.save();
    pen.beginPath();
    pen.rect(left, top, wide, high);
    pen.clip();
    pen.globalAlpha = 0.55;
    pen.beginPath();
    const first = left - high - ((left - high) % 7);
    for (let x = first; x < left + wide + high; x += 7) {
      pen.moveTo(x, top + high);
      pen.lineTo(x + high, top);
      if (state !== 'hung') continue;
      pen.moveTo(x, top);
      pen.lineTo(x + high, top + high);
    }
    pen.stroke();
    pen.restore();
  }

  flat(from, to, { base, up }) {
    const [left, right] = [Math.max(0, this.x(from)), Math.min(this.width, this.x(to))];
    if (right <= left) return;
    const { pen } = this;
    pen.fillStyle = this.ink('blocked');
    pen.fillRect(left, base - 2, right - left, 4);
    pen.fillRect(left, base - 6, 2, 12);
    pen.fillRect(right - 2, base - 6, 2, 12);
    const text = `flat ${(to - from).toFixed(1)} s`;
    pen.font = '11px sans-serif';
    const long = pen.measureText(text).width;
    if (right - left > long + 10 && up >= 14) this.notes.push({ text, x: left + 6 + long, y: base - 7, base, first: 1 });
  }

  // Who ended, and how long a lane was flat, where there is room for the words: the newest first.
  names() {
    const taken = [];
    this.pen.font = '11px sans-serif';
    for (const { text, x, y, base } of this.notes.sort((a, b) => a.first - b.first || b.x - a.x)) {
      const left = x - this.pen.measureText(text).width - 4;
      const over = taken.some((each) => each.base === base && left < each.x && x > each.left);
      if (left < 0 || x > this.width || over) continue;
      taken.push({ base, left, x: x + 4 });
      this.note(text, x, y);
    }
  }

  // Words of a lane, which end at x and stand clear of any pattern behind them.
  note(text, x, y) {
    const { pen } = this;
    const long = pen.measureText(text).width;
    pen.fillStyle = this.ground;
    pen.fillRect(x - long - 2, y - 10, long + 4, 13);
    pen.fillStyle = this.ink('blocked');
    pen.fillText(text, x - long, y);
  }

  requests(lane, { light, heavy, size }) {
    for (const seen of lane.seen) {
      if (this.x(seen.at) < 0) continue;
      for (const [kind, y] of [['light', light], ['heavy', heavy]]) {
        for (let each = 0; each < seen[kind]; each += 1) {
          const x = this.x(seen.from + ((each + 0.5) / seen[kind]) * (seen.at - seen.from));
          if (x > 3) this.shape(kind, x, y, size);
        }
      }
    }
  }

  words({ pid, state, lightFigures, heavyFigures, memory }, top, two, since) {
    const { pen } = this;
    this.swatch(state, 6, top + 4);
    pen.font = '600 12px sans-serif';
    const name = `${pid} ${state}${since === null || state === 'hung' ? '' : ', flat'}`;
    this.write(name, 22, top + 13);
    const right = 22 + pen.measureText(name).width + 14;
    pen.font = '12px sans-serif';
    if (state === 'ended') return;
    const figures = [['light', lightFigures], ['heavy', heavyFigures]]
      .filter(([, [p50]]) => p50 !== undefined)
      .map(([kind, [p50, p99]]) => `${kind} p50 ${short(p50)}, p99 ${short(p99)} ms`);
    const all = memory ? [`${memory} MB`] : [];
    this.write([...all, ...(this.narrow ? [] : figures)].join('   '), right, top + 13);
    if (two) this.fit(figures.join('   '), 22, top + 28, 12);
  }

  // The state as a pattern: dots, full, leaning lines, crossed lines, a cross.
  swatch(state, left, top) {
    const { pen } = this;
    pen.strokeStyle = pen.fillStyle = this.ink(INK[state] ?? this.view.runtime);
    if (state === 'ready') pen.fillRect(left, top, 11, 11);
    else if (state === 'ended') this.cross(left + 5, top + 5, 5);
    else pen.strokeRect(left + 0.5, top + 0.5, 10, 10);
    if (state === 'starting') for (const [x, y] of [[2, 2], [7, 2], [2, 7], [7, 7]]) pen.fillRect(left + x, top + y, 2, 2);
    if (state === 'hung' || state === 'draining') this.pattern(state, left, top, 11, 11);
  }

  cross(x, y, size) {
    this.line([[x - size, y - size], [x + size, y + size]]);
    this.line([[x + size, y - size], [x - size, y + size]]);
  }

  axis() {
    this.pen.font = '12px sans-serif';
    for (let ago = 0; ago < WINDOW; ago += 2) {
      const text = ago === 0 ? (this.view.state === 'over' ? 'end' : 'now') : `${ago} s ago`;
      const x = this.x(this.edge - ago);
      this.write(text, x - this.pen.measureText(text).width, HEIGHT - 4);
    }
  }

  write(text, x, y) {
    this.pen.fillStyle = this.text;
    this.pen.fillText(text, x, y);
  }

  // Words that are made smaller where the picture is narrow, so that none is cut.
  fit(text, x, y, size) {
    this.pen.font = `${size}px sans-serif`;
    const scale = Math.min(1, (this.width - x - 4) / this.pen.measureText(text).width);
    this.pen.font = `${Math.max(8, size * scale)}px sans-serif`;
    this.write(text, x, y);
  }

  line(points) {
    this.pen.beginPath();
    for (const [x, y] of points) this.pen.lineTo(x, y);
    this.pen.stroke();
  }
}

export default { render };
