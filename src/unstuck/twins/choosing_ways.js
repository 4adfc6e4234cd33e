// The ways out of one blocked loop in Node.js, each as run(task, signal): in the loop itself, by an
// await, a helper thread of libuv, a worker thread for each task, a warm pool, a child process.
import { fork } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import task from './choosing_task.js';

const filename = fileURLToPath(new URL('./choosing_task.js', import.meta.url));
const C_ONLY = 'helper threads of Node.js run its C functions, never JavaScript of yours';
const WAITS = 'await frees the loop only where something waits, and this computes';

export function wayOut(name, workers) {
  if (name !== 'pool') return { run: ways[name], close: () => {} };
  const pool = new Piscina({ filename, minThreads: workers, maxThreads: workers, execArgv: [] });
  pool.on('error', () => {}); // of a worker that has no task
  return { run: (order, signal) => pool.run(order, { signal }), close: () => pool.destroy() };
}

// Why a way out cannot do this work; undefined where it can.
export function reasonMissing(name, work) {
  if (name === 'threads' && !['nothing', 'CPU in C'].includes(work)) return C_ONLY;
  if (name === 'await' && !['nothing', 'waiting'].includes(work)) return WAITS;
  return undefined;
}

const ways = {
  inline: async (order) => task(order),
  await: async ({ work, seconds }) => (work === 'waiting' ? pause(1000 * seconds) : undefined),
  threads: async ({ work, rounds }) => (
    promisify(pbkdf2)('unstuck', 'salt', work === 'nothing' ? 1 : rounds, 32, 'sha256')),
  worker: (order, signal) => new Promise((resolve, reject) => {
    const worker = new Worker(filename, { workerData: { choosing: order }, execArgv: [] });
    signal?.addEventListener('abort', () => worker.terminate());
    worker.on('message', ({ answer }) => resolve(answer)).on('error', reject).on('messageerror', reject);
    worker.on('exit', (code) => reject(new Error(`no answer, exit code ${code}`)));
  }),
  child: (order, signal) => new Promise((resolve, reject) => {
    const child = fork(filename, ['child of choosing'], { serialization: 'advanced', execArgv: [] });
    signal?.addEventListener('abort', () => child.kill('SIGKILL'));
    child.on('message', ({ answer }) => resolve(answer)).on('error', reject);
    child.on('exit', (code, by) => reject(new Error(`no answer, ${by ?? `exit code ${code}`}`)));
    child.send(order);
  }),
};
