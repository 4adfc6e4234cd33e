// How exact are Node's own meter (`monitor`) and our twin of LagMeter (`twin`)? The same blocks,
// the same waits and the same JSON line as in lag_meters.py, which runs this file.
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { LagMeter } from '../src/unstuck/twins/lag.js';

const [which, planText] = process.argv.slice(2);
const plan = JSON.parse(planText); // { sizes: [[ms, times], ...], idle: s, settle: s }
const RESOLUTION = 10;

const meters = {
  monitor() {
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
    histogram.enable();
    const over = (value) => Math.max(0, value / 1e6 - RESOLUTION);
    return {
      clear: () => histogram.reset(), // the sample after it only arms the meter again
      worst: () => (histogram.count ? over(histogram.max) : 0),
      p99: () => over(histogram.percentile(99)),
    };
  },
  twin() {
    let readings = [];
    new LagMeter({ onBeat: (late) => readings.push(late) }).start();
    const ordered = () => readings.toSorted((a, b) => a - b);
    return {
      clear: () => { readings = []; },
      worst: () => ordered().at(-1) ?? 0,
      p99: () => ordered()[Math.floor(readings.length * 0.99)] ?? 0,
    };
  },
};

const blocks = {
  busy(ms) {
    const end = performance.now() + ms;
    while (performance.now() < end);
  },
  sleep: (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
};

const meter = meters[which]();
await pause(300);
const result = { idle: await idle(), busy: [], sleep: [] };
for (const kind of ['busy', 'sleep']) {
  for (const [ms, times] of plan.sizes) {
    for (let i = 0; i < times; i += 1) result[kind].push([ms, ...(await inject(kind, ms))]);
  }
}
console.log(JSON.stringify(result));
process.exit(0);

async function idle() {
  meter.clear();
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  await pause(plan.idle * 1000);
  const used = process.cpuUsage(cpu);
  const share = (used.user + used.system) / 1e3 / (performance.now() - start);
  return { cpu_percent: share * 100, p99: meter.p99(), max: meter.worst() };
}

async function inject(kind, ms) {
  meter.clear();
  await pause(60 + Math.random() * 40);
  const real = await new Promise((resolve) => setImmediate(() => {
    const start = performance.now();
    blocks[kind](ms);
    resolve(performance.now() - start);
  }));
  await pause(plan.settle * 1000);
  return [real, meter.worst()];
}
