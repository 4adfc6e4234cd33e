// One worker per task pays for a start each time; a warm pool (piscina) pays once. A task that
// throws, or that ends its worker, is told by an error, and the other tasks keep their answers.
//   node pool.js '{"seconds": 0.5, "workers": 2, "tasks": 20}'      or      '{"fault": "exit"}'
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { end, endWithOwner } from './lifeline.js';
import { measure } from './measure.js';
import { pace } from './pace.js';
import { sizedPrime } from './workloads.js';

endWithOwner();
const { seconds = 0.5, repeats = 3, workers = 2, tasks = 20, fault } = JSON.parse(process.argv[2] ?? '{}');
const filename = fileURLToPath(new URL('./pool_worker.js', import.meta.url));
const tiny = { n: 7, rounds: 1 };
const facts = { workers, pids: [process.pid], versions: { node: process.versions.node } };

function warmPool() {
  const pool = new Piscina({ filename, minThreads: workers, maxThreads: workers, execArgv: [] });
  return pool.on('error', (error) => console.error(error.message)); // of a worker that has no task
}

function alone(task) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(filename, { workerData: { alone: task }, execArgv: [] });
    worker.on('message', resolve);
    for (const event of ['error', 'messageerror']) worker.on(event, reject);
    worker.on('exit', (code) => reject(new Error(`no answer, exit code ${code}`)));
  });
}

async function compare() {
  const pool = warmPool();
  const each = await pace(() => alone(tiny), tasks, workers);
  const warm = await pace(() => pool.run(tiny), tasks, workers);
  await pool.destroy();
  console.log(JSON.stringify({ kind: 'each', each, pool: warm, ...facts }));

  const [n, rounds] = sizedPrime(seconds);
  let fresh; // made by the first task, so that the trial's start holds it
  const run = async (task) => (await (fresh ??= warmPool()).run(task)).answer;
  const work = `isPrimeAgain(${n}, ${rounds})`;
  await measure({ hatch: 'pool', work, run: () => run({ n, rounds }), empty: () => run(tiny), repeats });
}

async function fail() {
  const pool = warmPool();
  const start = performance.now();
  const calls = Array.from({ length: tasks }, (_, task) => pool.run(task === 1 ? { fault } : tiny));
  const errors = (await Promise.allSettled(calls)).flatMap(({ reason }) => reason?.message ?? []);
  const took = (performance.now() - start) / 1000;
  const { answer } = await pool.run(tiny); // by a worker that piscina has started meanwhile
  console.log(JSON.stringify({ kind: 'fault', fault, tasks, errors, took, next: answer, ...facts }));
}

await (fault ? fail() : compare());
end();
