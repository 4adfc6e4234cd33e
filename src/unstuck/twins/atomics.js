// Workers add to one number in shared memory: view[0] += 1 reads, adds and writes, so that additions
// get lost; Atomics.add does all three at once and loses none, and costs more.
//   node atomics.js '{"workers": 2, "times": 1000000}'
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { end, endWithOwner } from './lifeline.js';

const SEARCH = 10_000; // milliseconds in which a loss is looked for
if (isMainThread) await main();
else if (workerData?.way) add(workerData);

async function main() {
  endWithOwner();
  const { workers: asked = 2, times = 1_000_000 } = JSON.parse(process.argv[2] ?? '{}');
  const workers = Math.max(2, asked); // one alone overwrites nobody
  const plain = await untilLost(workers, times);
  const atomic = { ...await count('atomic', workers, times), rounds: 1 };
  console.log(JSON.stringify({
    kind: 'atomics', workers, times, expected: workers * times, plain, atomic,
    pids: [process.pid], versions: { node: process.versions.node },
  }));
  end();
}

async function untilLost(workers, times) {
  const start = performance.now();
  for (let rounds = 1; ; rounds += 1) {
    const seen = await count('plain', workers, times);
    if (seen.lost || performance.now() - start > SEARCH) return { ...seen, rounds };
  }
}

async function count(way, workers, times) {
  const shared = new SharedArrayBuffer(8); // the number, and how many workers are there
  const data = { way, shared, times, workers };
  const started = Array.from({ length: workers }, () => (
    new Worker(fileURLToPath(import.meta.url), { workerData: data, execArgv: [] })));
  const told = await Promise.all(started.map((worker) => once(worker, 'message')));
  const [found] = new Int32Array(shared);
  const ns = Math.round((Math.max(...told.map(([ms]) => ms)) * 1e6) / times);
  return { found, lost: workers * times - found, ns };
}

function add({ way, shared, times, workers }) {
  const view = new Int32Array(shared);
  Atomics.add(view, 1, 1);
  while (Atomics.load(view, 1) < workers) Atomics.wait(view, 1, Atomics.load(view, 1), 1); // all begin together
  const start = performance.now();
  if (way === 'plain') for (let i = 0; i < times; i += 1) view[0] += 1;
  else for (let i = 0; i < times; i += 1) Atomics.add(view, 0, 1);
  parentPort.postMessage(performance.now() - start);
}
