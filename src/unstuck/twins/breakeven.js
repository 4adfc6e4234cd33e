// When does a worker pay? One worker per task pays a start each time: for the article's own prime
// check that costs tens of times the check. A warm pool (piscina) pays the way there and back.
//   node breakeven.js '{"workers": 2, "steps": [{"task_ms": 1, "hatches": ["node inline"]}]}'
import { setImmediate as turn } from 'node:timers/promises';
import { Piscina } from 'piscina';
import carry, { UNIT, alone, costOf, filename, now } from './breakeven_task.js';
import { look } from './breakeven_phases.js';
import { end, endWithOwner } from './lifeline.js';
import { ARTICLE_NUMBER } from './workloads.js';

endWithOwner();
const HATCHES = ['node inline', 'node pool', 'node worker'];
const FIRST = { article: true, hatches: HATCHES };
const { workers = 2, steps = [FIRST], seconds = 15, phases: wanted = true } =
  JSON.parse(process.argv[2] ?? '{}');
const last = now() + 1000 * seconds;
const say = (line) => console.log(JSON.stringify(line));
const before = process.memoryUsage.rss();
const pool = new Piscina({ filename, minThreads: workers, maxThreads: workers, execArgv: [] });
pool.on('error', (error) => console.error(error.message)); // of a worker that has no task
const runs = { 'node inline': carry, 'node worker': alone, 'node pool': (task) => pool.run(task) };
const seen = wanted ? await look(runs['node pool'], workers, before) : {};

async function perTask(run, task, ms, count) { // so often that a clock can tell
  const batches = run === alone ? 1 : Math.min(25, Math.ceil(4 / (count * ms)));
  const together = () => Promise.all(Array.from({ length: count }, () => run(task)));
  const start = now();
  for (let batch = 0; batch < batches; batch += 1) await together();
  return (now() - start) / (count * batches);
}

async function measure(ms, task, { hatches, rounds = 3, tasks = 2 * workers, heavy }) {
  const taken = Object.fromEntries(hatches.map((name) => [name, []]));
  if (!heavy) await perTask(runs['node pool'], task, ms, tasks); // a warm-up
  for (let round = 0; round < rounds; round += 1) {
    for (const name of hatches) taken[name].push(await perTask(runs[name], task, ms, tasks));
    await turn();
  }
  const size = task.payload?.length ?? 0;
  const facts = { task_ms: ms, payload_bytes: size, workers, pids: [process.pid] };
  for (const hatch of hatches) {
    say({ kind: 'point', hatch, ...facts, runs_ms: taken[hatch], loop_ms: taken['node inline'] });
  }
}

const unit = costOf(UNIT);
const skipped = [];
for (const [number, step] of steps.entries()) {
  const n = step.article ? ARTICLE_NUMBER : UNIT;
  const ms = step.article ? Number(costOf(n).toPrecision(3)) : step.task_ms;
  const again = step.article ? 1 : Math.max(1, Math.round(ms / unit));
  const task = { n, again, payload: new Uint8Array(step.payload_bytes ?? 0) };
  if (now() + 1000 * (step.seconds ?? 0) < last) await measure(ms, task, step); else skipped.push(number);
}
await pool.destroy();
const facts = { workers, pids: [process.pid], versions: { node: process.versions.node } };
say({ kind: 'breakeven', ...facts, ...seen, skipped });
end();
