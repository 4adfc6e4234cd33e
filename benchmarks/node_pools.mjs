// Node.js pools side by side, each with two workers: the round trip of a tiny task when nothing
// else runs (median), and tasks per second when many wait. One JSON line for each peer.
//   node benchmarks/node_pools.mjs '{"trips": 1000, "tasks": 20000}'      after npm_install.py
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const me = fileURLToPath(import.meta.url);
const WORKERS = 2;

export default (number) => number + 1; // what the workers of piscina and tinypool run

if (isMainThread) await main();
else if (workerData?.role === 'one task') parentPort.postMessage(workerData.number + 1);
else if (workerData?.role === 'bare') {
  parentPort.on('message', ([id, number]) => parentPort.postMessage([id, number + 1]));
}

async function main() {
  const { trips = 1000, tasks = 20_000 } = JSON.parse(process.argv[2] ?? '{}');
  const size = { minThreads: WORKERS, maxThreads: WORKERS };
  const peers = {
    'one worker per task': async () => ({ run: oneWorker, most: 40, lanes: WORKERS }),
    'bare workers': bareWorkers,
    piscina: async () => new (await import('piscina')).Piscina({ filename: me, ...size }),
    tinypool: async () => new (await import('tinypool')).Tinypool({ filename: import.meta.url, ...size }),
  };
  for (const [peer, make] of Object.entries(peers)) {
    const figures = await make().then((pool) => measured(pool, trips, tasks)).catch((error) => ({ skipped: error.message }));
    console.log(JSON.stringify({ peer, ...figures, node: process.versions.node }));
  }
}

// A pool that has `most` gets no more calls than that, and no more at a time than `lanes`.
async function measured(pool, trips, tasks) {
  const { most = Infinity, lanes = Infinity } = pool;
  const call = async (number) => {
    const start = performance.now();
    const answer = await pool.run(number);
    if (answer !== number + 1) throw new Error(`${number} + 1 is not ${answer}`);
    return (performance.now() - start) * 1000;
  };
  for (let i = 0; i < Math.min(50, most / 10); i += 1) await call(i); // warm
  const seen = [];
  for (let i = 0; i < Math.min(trips, most); i += 1) seen.push(await call(i));
  const count = Math.min(tasks, most);
  const start = performance.now();
  let next = 0;
  const lane = async () => { while (next < count) await call(next += 1); };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
  const tasks_per_s = count / ((performance.now() - start) / 1000);
  await pool.destroy?.();
  return { round_trip_us: seen.sort((a, b) => a - b)[Math.floor(seen.length / 2)], tasks_per_s };
}

function oneWorker(number) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(me, { workerData: { role: 'one task', number } });
    worker.on('message', resolve).on('error', reject).on('exit', (code) => reject(new Error(`exit code ${code}`)));
  });
}

// The floor: workers that hear messages, without a queue, a time-out or a restart.
async function bareWorkers() {
  const waiting = new Map();
  let last = 0;
  const workers = Array.from({ length: WORKERS }, () => new Worker(me, { workerData: { role: 'bare' } }));
  for (const worker of workers) worker.on('message', ([id, answer]) => { waiting.get(id)(answer); waiting.delete(id); });
  return {
    run: (number) => new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      workers[last % WORKERS].postMessage([last, number]);
    }),
    destroy: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}
