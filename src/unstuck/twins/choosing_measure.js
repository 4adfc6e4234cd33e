// What one way out of choosing.js shows: what is known before any work, then its times and the lag.
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { reasonMissing } from './choosing_ways.js';
import { LagMeter } from './lag.js';
import task from './choosing_task.js';

const FRESH = ['worker', 'child']; // each of their tasks pays for a start

async function timed(call) {
  const start = performance.now();
  await call();
  return (performance.now() - start) / 1000;
}

const atOnce = (run, order, count) => Promise.all(Array.from({ length: count }, () => run(order)));

// The start, bytes of a worker, and whether what comes back is the very object that was sent.
export async function known(hatch, run, workers) {
  const [before, times, bytes] = [process.memoryUsage.rss(), [], new Uint8Array(8)];
  for (let call = 0; call < 4; call += 1) times.push(await timed(() => run({ work: 'nothing' })));
  await atOnce(run, { work: 'nothing' }, workers);
  const grown = (after) => Math.max(0, after - before);
  const can = reasonMissing(hatch, 'memory') === undefined;
  const there = can && FRESH.includes(hatch) ? await run({ work: 'memory' }) : process.memoryUsage.rss();
  const same = !can || await run({ work: 'big payload', n: 7, again: 1, payload: bytes }) === bytes;
  const none = ['inline', 'await', 'threads'].includes(hatch); // no worker is started for these
  return {
    start_seconds: Math.max(0, FRESH.includes(hatch) ? times[2] : times[0] - times[2]),
    worker_bytes: none ? 0 : Math.round(hatch === 'child' ? there : grown(there) / (hatch === 'pool' ? workers : 1)),
    copies: same ? 0 : 2,
  };
}

// The loop's own time of a task; then, for each round, one task alone and as many as workers.
export async function measured(run, order, workers, [rounds, until]) {
  const found = { seconds: [], rates: [], loop_seconds: await timed(async () => task(order)) };
  const meter = new LagMeter({ every: 5 }).start();
  for (let round = 0; round < rounds && (round === 0 || performance.now() < until); round += 1) {
    found.seconds.push(await timed(() => run(order)));
    await pause(20); // the loop breathes: each block counts by itself
    found.rates.push(workers / await timed(() => atOnce(run, order, workers)));
    await pause(20);
  }
  await meter.stop();
  const { p99_ms: lag_p99_ms, max_ms: lag_max_ms } = meter.lag();
  return { ...found, at_once: workers, lag_p99_ms, lag_max_ms };
}
