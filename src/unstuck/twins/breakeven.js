// When does a worker pay? One worker per task pays a start each time: for the article's own prime
// check that costs tens of times the check. A warm pool (piscina) pays the way there and back.
//   node breakeven.js '{"workers": 2, "task_ms": [0.01, 1, 100], "payloads": [0], "rounds": 3}'
import { setImmediate as turn } from 'node:timers/promises';
import { Piscina } from 'piscina';
import carry, { UNIT, alone, costOf, filename, now } from './breakeven_task.js';
import { phasesOf } from './breakeven_phases.js';
import { end, endWithOwner } from './lifeline.js';
import { ARTICLE_NUMBER } from './workloads.js';

endWithOwner();
const { workers = 2, task_ms = [0.01, 0.1, 1, 10, 100], payloads = [0], rounds = 3, seconds = 15 } =
  JSON.parse(process.argv[2] ?? '{}');
const last = now() + 1000 * seconds;
const say = (line) => console.log(JSON.stringify(line));
const before = process.memoryUsage.rss();
const pool = new Piscina({ filename, minThreads: workers, maxThreads: workers, execArgv: [] });
pool.on('error', (error) => console.error(error.message)); // of a worker that has no task
const runs = { 'node inline': carry, 'node worker': alone, 'node pool': (task) => pool.run(task) };
const phases = [await phasesOf('node pool', runs['node pool'], { workers })];
const memory = { 'node pool': Math.max(0, process.memoryUsage.rss() - before) / workers };
phases.push(await phasesOf('node worker', alone, { workers, fresh: true }));

async function perTask(run, task, ms) { // so often that a clock can tell
  const batches = run === alone ? 1 : Math.min(25, Math.ceil(4 / (2 * workers * ms)));
  const together = () => Promise.all(Array.from({ length: 2 * workers }, () => run(task)));
  const start = now();
  for (let batch = 0; batch < batches; batch += 1) await together();
  return (now() - start) / (2 * workers * batches);
}

async function measure(ms, task, size) {
  const slow = ms > 0.2 && (size === 0 || size === 2 ** 20); // enough for a worker per task
  const names = Object.keys(runs).filter((name) => slow || name !== 'node worker');
  const taken = Object.fromEntries(names.map((name) => [name, []]));
  await perTask(runs['node pool'], task, ms);
  for (let round = ms < 50 ? -2 : 0; round < rounds; round += 1) { // two more of the quick ones
    for (const name of names) taken[name].push(await perTask(runs[name], task, ms));
    await turn();
  }
  const facts = { task_ms: ms, payload_bytes: size, workers, pids: [process.pid] };
  for (const hatch of names) say({ kind: 'point', hatch, ...facts, runs_ms: taken[hatch] });
}

const unit = costOf(UNIT);
await measure(Number(costOf(ARTICLE_NUMBER).toPrecision(3)), { n: ARTICLE_NUMBER, again: 1 }, 0);
for (const size of payloads) {
  const payload = new Uint8Array(size);
  const fits = (ms) => ms >= size / 2 ** 23 && (size === 0 || size >= 2 ** 20 || ms < 100);
  for (const ms of task_ms.filter(fits)) { // the payload is neither nothing nor everything
    const task = { n: UNIT, again: Math.max(1, Math.round(ms / unit)), payload };
    if (now() < last) await measure(ms, task, size);
  }
}
await pool.destroy();
const versions = { node: process.versions.node };
const facts = { workers, pids: [process.pid], versions, phases, memory };
say({ kind: 'breakeven', ...facts, complete: now() < last });
end();
