// What the workers of breakeven.js run: a prime check that carries a payload there and back, and
// tells when it began and ended. The clock is the same in all threads of a process.
import { performance } from 'node:perf_hooks';
import { Worker, parentPort, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { isPrimeAgain } from './workloads.js';

export const filename = fileURLToPath(import.meta.url);
export const now = () => performance.timeOrigin + performance.now();

// 2203 x 4539277: known after 1101 divisions, and as large as the article's number, for V8
// compiles other code for small ones. A task checks it as often as it is to take.
export const UNIT = 10_000_027_231;

// Milliseconds of one check: what disturbs a run only ever makes it longer.
export function costOf(n) {
  const once = (start = now()) => (isPrimeAgain(n, 10), (now() - start) / 10);
  return Math.min(...Array.from({ length: 50 }, once));
}

export default function carry({ n, again, payload }) {
  const began = now();
  isPrimeAgain(n, again);
  return { began, ended: now(), payload };
}

// A worker for one task: started, asked, and waited for until it has ended.
export function alone(task) {
  return new Promise((resolve, reject) => {
    let answer;
    const worker = new Worker(filename, { workerData: { alone: task }, execArgv: [] });
    worker.on('message', (message) => { answer = message; });
    for (const event of ['error', 'messageerror']) worker.on(event, reject);
    worker.on('exit', (code) => (
      answer ? resolve(answer) : reject(new Error(`no answer, exit code ${code}`))));
  });
}

if (workerData?.alone) {
  const rss = process.memoryUsage.rss(); // of the whole process, while this worker lives
  parentPort.postMessage({ ...carry(workerData.alone), rss });
}
