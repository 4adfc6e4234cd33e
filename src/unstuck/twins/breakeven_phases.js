// Where a call's time goes, hatch by hatch, as breakeven_hatches.py tells it, in ms; and the bytes
// that a worker adds to this process.
import { alone, now } from './breakeven_task.js';
import { ARTICLE_NUMBER } from './workloads.js';

const EMPTY = { n: 7, again: 1 };
const ARTICLE = { n: ARTICLE_NUMBER, again: 1 };
const MIB = 2 ** 20;

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function one(run, task) {
  const handed = now();
  const { began, ended } = await run(task);
  const back = now();
  return { out: began - handed, compute: ended - began, back: back - ended, all: back - handed };
}

async function phasesOf(hatch, run, { workers, fresh = false }) {
  const calls = [];
  for (let call = 0; call < 7; call += 1) calls.push(await one(run, EMPTY));
  const [first, second, ...warm] = calls.map((call) => call.all);
  const out = median(calls.slice(2).map((call) => call.out));
  const queued = await Promise.all(Array.from({ length: 2 * workers }, () => one(run, ARTICLE)));
  const large = [];
  const payload = new Uint8Array(MIB);
  for (let call = 0; call < 5; call += 1) large.push(await one(run, { ...EMPTY, payload }));
  const positive = (ms) => Math.max(0, ms);
  return {
    hatch, runtime: 'node',
    start_ms: positive(fresh ? out : first - median(warm)),
    warm_up_ms: fresh ? 0 : positive(second - median(warm)),
    queue_ms: positive(queued.reduce((sum, call) => sum + call.out, 0) / queued.length - out),
    copy_out_ms: positive(median(large.map((call) => call.out)) - (fresh ? out : 0)),
    compute_ms: median(queued.map((call) => call.compute)),
    copy_back_ms: median(large.map((call) => call.back)),
  };
}

export async function look(pooled, workers, before) {
  const rss = () => process.memoryUsage.rss();
  const each = (grown) => Math.round(Math.max(0, grown) / workers);
  const phases = [await phasesOf('node pool', pooled, { workers })];
  const [calm, lone] = [rss(), Array.from({ length: workers }, () => alone(EMPTY))];
  const most = Math.max(...(await Promise.all(lone)).map((answer) => answer.rss));
  phases.push(await phasesOf('node worker', alone, { workers, fresh: true }));
  return { phases, memory: { 'node pool': each(calm - before), 'node worker': each(most - calm) } };
}
