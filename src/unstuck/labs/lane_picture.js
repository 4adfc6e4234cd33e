// Who works on what: a lane for each worker, and below it how many tasks wait, on the browser's
// own clock. The kernel sends what happens; what runs grows by itself until its end is told.

const HEIGHT = 300; // pixels, for one group of lanes or two, so that the page never jumps
const LEFT = 64; // pixels for the names of the lanes
const HEAD = 20; // pixels for the sentence over a group
const QUEUE = 30; // pixels for the row of waiting tasks
const FOOT = 20; // pixels for the seconds
const LANE = 26; // pixels of a lane at most
const COLUMNS = ['Run', 'Tasks', 'Workers seen', 'Longest wait (s)', 'All ended after (s)', 'Outcome'];

function render({ model, el }) {
  return new View(model, el).start();
}

class View extends LiveView {
  constructor(model, el) {
    super(model, el, {
      name: 'unstuck-lanes',
      height: HEIGHT,
      columns: COLUMNS,
      caption: 'The last runs, newest first',
    });
    this.groups = [];
    this.describe();
  }

  event(event) {
    if (event.kind === 'clear') this.groups = [];
    else if (event.kind === 'run') this.groups.push(new Group(event));
    else if (event.kind === 'stopped') this.groups.forEach((group) => group.end(this.now(), true));
    else this.groups.find(({ runtime }) => runtime === event.runtime)?.push(event);
  }

  paint(pen, width, now) {
    new Picture(this, pen, width, now).draw();
    this.tell(now);
  }

  // What is drawn, in numbers too.
  tell(now) {
    const sum = { running: 0, waiting: 0, ok: 0, failed: 0 };
    for (const group of this.groups) {
      const counts = group.counts(now);
      for (const name of Object.keys(sum)) sum[name] += counts[name];
    }
    Object.assign(this.el.dataset, sum);
    const states = this.groups.map(({ state }) => state);
    this.el.dataset.state = states.includes('running') ? 'running' : states.at(-1) ?? 'idle';
  }

  words() {
    const said = this.groups.map((group) => group.sentence(this.now()));
    return `Who works on what. ${said.join('. ') || 'Nothing has run yet'}.`;
  }
}

// The tasks of one run, in Python or in Node.js.
class Group {
  constructor({ runtime, label, lanes, seconds }) {
    Object.assign(this, { runtime, label, lanes, seconds, state: 'running', tasks: new Map() });
    this.start = Infinity; // when the first task was submitted
  }

  push(event) {
    if (event.kind === 'over') return this.end(this.last(), false);
    if (!event.task) return undefined;
    const task = this.tasks.get(event.task) ?? {};
    if (event.kind === 'submitted') task.submitted = event.at;
    if (event.kind === 'began') Object.assign(task, { began: event.at, lane: event.lane });
    if (event.kind === 'ended') { // with the worker's own stamp of its begin, where there is one
      Object.assign(task, { ended: event.at, lane: event.lane, failed: event.failed });
      task.began = event.began ?? task.began ?? event.at;
    }
    this.tasks.set(event.task, task);
    this.start = Math.min(this.start, task.submitted ?? Infinity);
    return undefined;
  }

  end(at, stopped) {
    if (this.state !== 'running') return;
    Object.assign(this, { state: stopped ? 'stopped' : 'over', over: at });
  }

  last() {
    return Math.max(...[...this.tasks.values()].map(({ ended }) => ended ?? 0));
  }

  elapsed(now) {
    return Number.isFinite(this.start) ? Math.max(0, (this.over ?? now) - this.start) : 0;
  }

  counts(now) {
    const sum = { running: 0, waiting: 0, ok: 0, failed: 0 };
    for (const task of this.tasks.values()) sum[stateOf(task, this.over ?? now)] += 1;
    return sum;
  }

  sentence(now) {
    const { running, waiting, ok, failed } = this.counts(now);
    const stopped = this.state === 'stopped' ? ', stopped' : '';
    return `${this.label}: ${running} running, ${waiting} waiting, ${ok} ok, ${failed} failed${stopped}`;
  }

  // How many wait from each moment on: [[moment, number], ...]
  waits(now) {
    const steps = [];
    for (const { submitted, began } of this.tasks.values()) {
      steps.push([submitted, 1]);
      if (began <= now) steps.push([began, -1]);
    }
    let number = 0;
    return steps.sort((a, b) => a[0] - b[0]).map(([at, step]) => [at, (number += step)]);
  }
}

function stateOf({ began, ended, failed }, now) {
  if (began === undefined || began > now) return 'waiting';
  if (ended === undefined || ended > now) return 'running';
  return failed ? 'failed' : 'ok';
}

// All groups at one moment, over the same seconds.
class Picture {
  constructor(view, pen, width, now) {
    Object.assign(this, { view, pen, width, now, groups: view.groups });
    const style = getComputedStyle(view.el);
    [this.ground, this.text] = [style.backgroundColor, style.color];
    const dark = isDark(this.ground);
    this.ink = (meaning) => view.model.get('inks')[meaning][dark ? 'dark' : 'light'];
    this.seconds = Math.max(0.5, ...this.groups.map((each) => Math.max(each.elapsed(now), each.seconds) * 1.02));
  }

  x(seconds) {
    return LEFT + (seconds / this.seconds) * (this.width - LEFT - 8);
  }

  draw() {
    this.pen.font = '13px sans-serif';
    if (!this.groups.length) {
      const said = ['No run yet. Solid: a worker works;', 'hatched: tasks wait; cross: a task failed.'];
      const fits = this.pen.measureText(said.join(' ')).width < this.width - 12;
      (fits ? [said.join(' ')] : said).forEach((line, index) => this.write(line, 6, 16 + 18 * index));
      return;
    }
    const height = (HEIGHT - FOOT) / this.groups.length;
    this.groups.forEach((group, index) => this.group(group, index * height, height));
    this.axis();
  }

  group(group, top, height) {
    this.pen.font = '13px sans-serif';
    this.write(group.sentence(this.now), 6, top + 14);
    const lane = Math.min(LANE, (height - HEAD - QUEUE - 8) / group.lanes);
    for (let number = 0; number < group.lanes; number += 1) this.rail(number, top + HEAD + number * lane, lane);
    for (const [number, task] of group.tasks) {
      if (task.lane !== undefined) this.task(group, number, task, top + HEAD + task.lane * lane, lane);
    }
    for (const task of group.tasks.values()) { // over all bars
      if (task.failed) this.cross(this.x(task.ended - group.start), top + HEAD + (task.lane + 0.5) * lane);
    }
    this.queue(group, top + HEAD + group.lanes * lane + 4);
  }

  rail(number, y, lane) {
    this.pen.font = `${Math.min(12, lane)}px sans-serif`;
    this.write(`lane ${number + 1}`, 6, y + lane / 2 + 4);
    this.pen.strokeStyle = this.ink('quiet');
    this.pen.globalAlpha = 0.4;
    this.line([[LEFT, y + lane / 2], [this.width - 8, y + lane / 2]]);
    this.pen.globalAlpha = 1;
  }

  task(group, number, { began, ended, failed }, y, lane) {
    const { pen } = this;
    const from = this.x(began - group.start);
    const to = Math.max(from + 2, this.x((ended ?? group.over ?? this.now) - group.start));
    const abandoned = ended === undefined && group.state === 'stopped';
    pen.fillStyle = pen.strokeStyle = this.ink(failed ? 'failed' : group.runtime);
    if (abandoned) pen.strokeRect(from + 0.5, y + 2.5, to - from - 1, lane - 5);
    else pen.fillRect(from, y + 2, to - from - 1, lane - 4);
    if (abandoned || failed || to - from < 20 || lane < 12) return;
    pen.font = '11px sans-serif';
    pen.fillStyle = this.ground;
    pen.textAlign = 'center';
    pen.fillText(number, (from + to) / 2, y + lane / 2 + 4);
    pen.textAlign = 'left';
  }

  cross(x, y) {
    for (const [width, color] of [[6, this.ground], [2.5, this.ink('failed')]]) {
      this.pen.lineWidth = width;
      this.pen.strokeStyle = color;
      this.line([[x - 5, y - 5], [x + 5, y + 5]]);
      this.line([[x + 5, y - 5], [x - 5, y + 5]]);
    }
    this.pen.lineWidth = 1;
  }

  queue(group, top) {
    const { pen } = this;
    const [base, high] = [top + QUEUE - 6, QUEUE - 8];
    pen.font = '12px sans-serif';
    this.write('waiting', 6, base);
    const end = this.x(group.elapsed(this.now));
    const number = Math.max(1, group.tasks.size);
    const points = [[LEFT, base]];
    for (const [at, count] of group.waits(group.over ?? this.now)) {
      const x = this.x(at - group.start);
      points.push([x, points.at(-1)[1]], [x, base - (count / number) * high]);
    }
    points.push([end, points.at(-1)[1]], [end, base]);
    pen.strokeStyle = this.ink('waiting');
    this.line(points);
    pen.save();
    pen.clip();
    pen.globalAlpha = 0.8;
    pen.beginPath();
    for (let x = LEFT - high; x < end; x += 7) {
      pen.moveTo(x, base);
      pen.lineTo(x + high, base - high);
    }
    pen.stroke();
    pen.restore();
  }

  axis() {
    const { pen } = this;
    const most = Math.min(8, (this.width - LEFT) / 55); // numbers that have room
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((each) => this.seconds / each <= most) ?? 100;
    pen.font = '12px sans-serif';
    pen.strokeStyle = this.ink('quiet');
    this.line([[LEFT, HEIGHT - FOOT], [this.width - 8, HEIGHT - FOOT]]);
    for (let at = 0; at < this.seconds; at += step) {
      this.line([[this.x(at), HEIGHT - FOOT], [this.x(at), HEIGHT - FOOT + 4]]);
      const text = `${Number(at.toFixed(1))} s`;
      if (this.x(at) + pen.measureText(text).width < this.width) this.write(text, this.x(at) + 3, HEIGHT - 5);
    }
  }

  write(text, x, y) {
    this.pen.fillStyle = this.text;
    this.pen.fillText(text, x, y, this.width - x - 6); // narrower letters rather than a cut sentence
  }

  line(points) {
    this.pen.beginPath();
    for (const [x, y] of points) this.pen.lineTo(x, y);
    this.pen.stroke();
  }
}

export default { render };
