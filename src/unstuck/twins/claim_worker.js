// A worker lives in this process, with globals and a loop of its own: it beats while the main loop is
// blocked, and what the main thread keeps in a global is not there.
//   node claim_worker.js
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, threadId, Worker, workerData } from 'node:worker_threads';
import { end, endWithOwner } from './lifeline.js';

const BLOCKED = 200; // milliseconds
globalThis.mark = isMainThread ? 'of the main thread' : globalThis.mark;
if (isMainThread) await main();
else beat(new Int32Array(workerData.beats));

async function main() {
  endWithOwner();
  const beats = new SharedArrayBuffer(4); // the one thing that both have
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { beats }, execArgv: [] });
  worker.on('exit', (code) => { throw new Error(`the worker has ended with exit code ${code}`); });
  const [told] = await once(worker, 'message');
  const before = Atomics.load(new Int32Array(beats), 0);
  const start = performance.now();
  while (performance.now() - start < BLOCKED);
  const meanwhile = Atomics.load(new Int32Array(beats), 0) - before;
  console.log(JSON.stringify({
    kind: 'worker', same_pid: told.pid === process.pid, sees_global: told.mark !== null, beats: meanwhile,
    threads: [threadId, told.thread], pids: [process.pid], versions: { node: process.versions.node },
  }));
  end();
}

function beat(view) {
  setInterval(() => Atomics.add(view, 0, 1), 10);
  parentPort.postMessage({ pid: process.pid, thread: threadId, mark: globalThis.mark ?? null });
}
