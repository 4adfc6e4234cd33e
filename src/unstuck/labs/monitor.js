// The heartbeat monitor: one trace for each watched loop, drawn on the browser's own clock.
// The kernel sends beats; while it is blocked none comes, and the line runs on flat.

const WINDOW = 8; // seconds from the left edge to now
const DELAY = 0.3; // seconds: how far behind now the right edge is, so that no beat comes too late
const SILENT = 0.5; // seconds without a beat after which a line counts as flat
const LANE = 108; // pixels
const MOST = 2; // lanes, which always have room, so that the page never jumps
const KEEP = 30; // seconds of events that are kept
const COLUMNS = [
  'Patient', 'Work', 'Flat, predicted (s)', 'Flat, seen (s)', 'Waiting, predicted', 'Waiting, seen',
  'Answered', 'p50 (ms)', 'p99 (ms)',
];

function render({ model, el }) {
  return new View(model, el).start();
}

class View extends LiveView {
  constructor(model, el) {
    super(model, el, {
      name: 'unstuck-monitor',
      height: LANE * MOST,
      columns: COLUMNS,
      caption: 'Light requests while the loop was blocked, newest run first',
    });
    this.lanes = new Map();
  }

  event(event) {
    this.lane(event.lane).push(event);
  }

  lane(name) {
    if (!this.lanes.has(name)) this.lanes.set(name, new Lane());
    return this.lanes.get(name);
  }

  paint(pen, width, now) {
    const shown = this.model.get('lanes');
    shown.forEach(([name, label, runtime], index) => {
      const picture = new Picture(this, pen, width, index * LANE, now);
      this.el.dataset[name] = picture.draw(this.lane(name), name, label, runtime);
    });
    for (const lane of this.lanes.values()) lane.forget(now - KEEP);
  }

  kernelIsSilent(now) {
    const kernel = this.lanes.get('kernel');
    return !kernel || now - kernel.lastBeat() > SILENT;
  }

  words() {
    const said = this.model.get('lanes').map(([name, label]) => `${label}: ${this.el.dataset[name] ?? 'no beat yet'}`);
    return `Heartbeat, the last ${WINDOW} seconds. ${said.join('. ')}.`;
  }
}

// What one loop did lately: its beats, its requests, its last block.
class Lane {
  constructor() {
    Object.assign(this, { beats: [], requests: new Map(), block: null });
  }

  push(event) {
    if (event.kind === 'beat') this.beats.push(event);
    if (event.kind === 'block') this.block = event;
    if (event.kind === 'stopped') this.requests.clear(); // nobody waits for these any more
    if (event.kind === 'sent') this.requests.set(event.at, { at: event.at });
    if (event.kind === 'answered') this.requests.set(event.at, { ...event, done: true });
  }

  lastBeat() {
    return this.beats.length ? this.beats[this.beats.length - 1].at : -Infinity;
  }

  waiting() {
    let count = 0;
    for (const request of this.requests.values()) if (!request.done) count += 1;
    return count;
  }

  forget(before) {
    while (this.beats.length && this.beats[0].at < before) this.beats.shift();
    for (const [at] of this.requests) if (at < before) this.requests.delete(at);
  }
}

// One lane's drawing at one moment.
class Picture {
  constructor(view, pen, width, top, now) {
    Object.assign(this, { view, pen, width, now });
    this.base = top + 58;
    this.edge = now - DELAY;
    const style = getComputedStyle(view.el);
    this.ground = style.backgroundColor;
    this.dark = isDark(this.ground);
    this.ink = (meaning) => view.model.get('inks')[meaning][this.dark ? 'dark' : 'light'];
  }

  x(at) {
    return this.width - ((this.edge - at) / WINDOW) * this.width;
  }

  draw(lane, name, label, runtime) {
    const flat = this.now - lane.lastBeat();
    const silent = name !== 'kernel' && flat > SILENT && this.view.kernelIsSilent(this.now);
    const state = !lane.beats.length ? 'no beat yet' : silent ? 'no news' : flat > SILENT ? 'flat' : 'beating';
    this.predicted(lane);
    this.trace(lane, runtime, state);
    for (const beat of lane.beats) if (beat.late > 0.15) this.blocked(beat.at - beat.late, beat.at);
    if (state === 'flat') this.blocked(lane.lastBeat(), this.edge);
    this.queue(lane);
    this.words(label, runtime, state, flat, lane);
    return state;
  }

  predicted({ block }) {
    const guess = this.view.model.get('prediction').flat;
    if (!block || !guess || block.at < this.edge - WINDOW) return;
    const [from, to] = [this.x(block.at), Math.min(this.width, this.x(block.at + guess))];
    const { pen } = this;
    pen.save();
    pen.strokeStyle = this.ink('prediction');
    pen.setLineDash([2, 4]);
    pen.strokeRect(from, this.base - 30, to - from, 44);
    pen.setLineDash([]);
    pen.beginPath();
    pen.rect(from, this.base - 30, to - from, 44);
    pen.clip();
    pen.globalAlpha = 0.5;
    for (let x = from - 44; x < to; x += 9) {
      pen.moveTo(x, this.base + 14);
      pen.lineTo(x + 44, this.base - 30);
    }
    pen.stroke();
    pen.restore();
  }

  // A beat is drawn as a small heartbeat: a dip, a spike, a dip.
  trace(lane, runtime, state) {
    const { pen, base } = this;
    pen.strokeStyle = this.ink(state === 'no news' ? 'quiet' : runtime);
    pen.lineWidth = 1.5;
    pen.beginPath();
    if (!lane.beats.length) return;
    pen.moveTo(Math.max(0, this.x(lane.beats[0].at)), base);
    let last = -10;
    for (const { at } of lane.beats) {
      const x = this.x(at);
      if (x < 6 || x > this.width - 6 || x - last < 11) continue;
      last = x;
      for (const [dx, dy] of [[-3, 0], [-2, 3], [0, -22], [2, 8], [4, 0]]) pen.lineTo(x + dx, base + dy);
    }
    pen.lineTo(this.width, base);
    pen.stroke();
  }

  blocked(from, to) {
    const left = Math.max(0, this.x(from));
    const right = Math.min(this.width, this.x(to));
    if (right <= left) return;
    const { pen, base } = this;
    pen.fillStyle = this.ink('blocked');
    pen.fillRect(left, base - 2, right - left, 4);
    pen.fillRect(left, base - 8, 2, 16);
    pen.fillRect(right - 2, base - 8, 2, 16);
    const text = `flat ${(to - from).toFixed(1)} s`;
    pen.font = '12px sans-serif';
    const long = pen.measureText(text).width;
    if (right - left < long + 12) return;
    pen.fillStyle = this.ground; // the words stand clear of the prediction behind them
    pen.fillRect(left + 4, base - 20, long + 4, 15);
    pen.fillStyle = this.ink('blocked');
    pen.fillText(text, left + 6, base - 8);
  }

  // Requests stand in a row under the trace: a filled dot is answered, a ring still waits.
  queue(lane) {
    const { pen } = this;
    for (const request of lane.requests.values()) {
      const x = this.x(request.at);
      if (x < 4 || x > this.width - 4) continue;
      const late = request.done && request.seconds > 0.05;
      pen.fillStyle = pen.strokeStyle = this.ink(request.failure || late || !request.done ? 'blocked' : 'quiet');
      pen.lineWidth = 1.5;
      pen.beginPath();
      if (request.failure) {
        pen.moveTo(x - 3, this.base + 27); pen.lineTo(x + 3, this.base + 33);
        pen.moveTo(x + 3, this.base + 27); pen.lineTo(x - 3, this.base + 33);
      } else pen.arc(x, this.base + 30, request.done && !late ? 2 : 3.5, 0, 7);
      if (request.done && !request.failure) pen.fill();
      else pen.stroke();
    }
  }

  words(label, runtime, state, flat, lane) {
    const { pen, base } = this;
    const text = getComputedStyle(this.view.el).color;
    pen.font = '600 13px sans-serif';
    pen.fillStyle = this.ink(runtime);
    pen.fillText(label, 6, base - 40);
    const indent = 6 + pen.measureText(label).width + 12;
    pen.font = '13px sans-serif';
    pen.fillStyle = state === 'flat' ? this.ink('blocked') : text;
    const news = state === 'no news' ? 'no news: it comes through the kernel, which is silent' : state;
    const said = state === 'flat' ? `flat for ${flat.toFixed(1)} s` : news;
    pen.fillText(said, indent, base - 40, this.width - indent - 6); // narrow letters, not a cut word
    if (!lane.requests.size) return;
    const waiting = lane.waiting();
    const silent = this.view.kernelIsSilent(this.now); // the kernel brings the news of requests too
    const count = silent ? 'requests: no news' : `${waiting} request${waiting === 1 ? '' : 's'} waiting`;
    const beside = indent + pen.measureText(said).width + 12 + pen.measureText(count).width < this.width - 6;
    pen.fillStyle = waiting > 1 && !silent ? this.ink('blocked') : text;
    pen.textAlign = 'right';
    pen.fillText(count, this.width - 6, beside ? base - 40 : base - 25);
    pen.textAlign = 'left';
  }
}

export default { render };
