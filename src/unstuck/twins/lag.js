// How late does the event loop wake up? A beat is due at every step of a fixed grid, as in lag.py.
// Node tells how long its loop was active since the last beat; that gives a block's true length.
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

const [STALLED, KEPT] = [50, 100_000]; // ms after which a beat is missed; beats that are kept

export class LagMeter {
  constructor({ every = 20, onBeat = () => {} } = {}) {
    Object.assign(this, { every, onBeat, beats: [] });
    this.histogram = monitorEventLoopDelay({ resolution: 10 }); // Node's own meter, beside ours
  }

  start() {
    this.histogram.enable();
    this.seen = performance.now();
    this.due = this.seen + this.every;
    this.load = performance.eventLoopUtilization();
    this.schedule();
    return this;
  }

  schedule() {
    this.timer = setTimeout(() => { this.read(); this.schedule(); }, Math.max(0, this.due - performance.now()));
  }

  // Wait for the turn in which the block may have been to end, then read once more.
  async stop() {
    await new Promise((resolve) => setImmediate(resolve));
    clearTimeout(this.timer);
    this.read();
    this.histogram.disable();
  }

  read() {
    const now = performance.now();
    const late = now - this.due;
    const load = performance.eventLoopUtilization();
    const active = Math.min(load.active - this.load.active, now - this.seen);
    this.load = load;
    if (late < 0 && active < 1) return;
    const punctual = late < this.every / 2 && active > 0.8 * (now - this.seen); // many short turns
    const reading = punctual ? late : Math.max(late, active);
    this.note(reading);
    this.onBeat(reading);
    const overdue = Math.max(0, Math.min(KEPT, Math.floor(late / this.every)));
    for (let step = 1; step <= overdue; step += 1) this.note(late - step * this.every);
    this.due += (overdue + 1) * this.every;
    this.seen = now;
  }

  note = (late) => this.beats.length < KEPT && this.beats.push(late);

  lag() {
    const ordered = Float64Array.from(this.beats).sort();
    const at = (share) => ordered[Math.min(ordered.length - 1, Math.floor((ordered.length * share) / 100))] ?? 0;
    const missed = ordered.filter((late) => late > STALLED).length;
    const monitor = Math.max(0, this.histogram.max / 1e6 - 10);
    return { beats: ordered.length, missed, p50_ms: at(50), p90_ms: at(90), p99_ms: at(99), max_ms: at(100), monitor_max_ms: monitor };
  }
}
