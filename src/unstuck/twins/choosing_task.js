// One task of the scoreboard, as each way out runs it: computing, a hash in C, a wait, both, a big
// payload there and back; or the deed of a guest nobody should trust.
import { writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { digest, isPrimeAgain } from './workloads.js';

const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

export default function task({ work, n, again, rounds, seconds, payload, mark }) {
  const half = Math.max(1, Math.round(again / 2));
  const deeds = {
    nothing: () => true,
    memory: () => process.memoryUsage.rss(),
    'pure CPU': () => isPrimeAgain(n, again),
    'CPU in C': () => digest(rounds),
    waiting: () => sleep(1000 * seconds), // as readFileSync does, or time.sleep
    mixed: () => { sleep(500 * seconds); return isPrimeAgain(n, half); },
    'big payload': () => { isPrimeAgain(n, again); return payload; },
    overstay: () => { for (const end = Date.now() + 1000 * seconds; Date.now() < end;); writeFileSync(mark, ''); },
    crash: () => process.kill(process.pid, 'SIGKILL'), // at once, as a fault in C code does
  };
  return deeds[work]();
}

const asked = workerData?.choosing; // in a worker thread for one task
if (asked) parentPort.postMessage({ answer: task(asked) });
if (process.argv[2] === 'child of choosing') { // a process for one task
  process.once('message', (order) => process.send({ answer: task(order) }, () => process.disconnect()));
}
