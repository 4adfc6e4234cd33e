// What the workers of pool.js run. A task is {n, rounds}, or has a fault that its pool has to tell.
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { isPrimeAgain } from './workloads.js';

export default function work({ n, rounds, fault }) {
  if (fault === 'exit') process.exit(0); // ends the thread without an answer, as if all were well
  if (fault === 'throw') throw new Error('the task has thrown');
  return { answer: isPrimeAgain(n, rounds), threadId };
}

if (workerData?.alone) parentPort.postMessage(work(workerData.alone)); // a worker for one task
