// A worker thread, with a loop and a heap of its own, takes a prime check off the main loop and
// answers by message. However it ends, its promise settles: an end without an answer is an error.
//   node interpreters.js '{"seconds": 0.5}'    or    '{"fault": "exit0"}'    or    '{"faults": true}'
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { end, endWithOwner } from './lifeline.js';
import { measure } from './measure.js';
import { FAULTS } from './worker_faults.js';
import { isPrimeAgain, sizedPrime } from './workloads.js';

class PrimeWorker {
  #ended; // why: the first reason counts, so an exit code after our own stop says nothing
  #waiting = []; // those who asked; the worker answers in their order
  #worker = new Worker(fileURLToPath(import.meta.url), { execArgv: [], stdout: true })
    .on('message', ({ answer, refusal }) => {
      const { resolve, reject } = this.#waiting.shift() ?? {};
      if (refusal) reject?.(refusal); else resolve?.(answer);
    })
    .on('messageerror', (error) => this.#end(error))
    .on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))))
    .on('exit', (code) => this.#end(new Error(`no answer, exit code ${code}`)));
  #end(reason) {
    this.#ended ??= reason;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
  ask(task, patience = 60_000) {
    const timer = setTimeout(() => this.stop(`no answer within ${patience} ms`), patience);
    return new Promise((resolve, reject) => {
      if (this.#ended) throw this.#ended;
      this.#worker.postMessage(task); // throws where the task cannot be copied
      this.#waiting.push({ resolve, reject });
    }).finally(() => clearTimeout(timer));
  }
  stop(label = 'stopped') { this.#end(new Error(label)); return this.#worker.terminate(); }
}
async function show(fault, after = 0) {
  const worker = new PrimeWorker();
  if (fault === 'stop') setTimeout(() => worker.stop(), after);
  const task = { fault, n: fault === 'input' ? 2.5 : 7, rounds: 1 };
  const asked = worker.ask(task, fault === 'hang' ? 500 : 60_000);
  const outcome = await asked.then((answer) => `answer ${answer}`, (error) => error.message.split(' imported')[0]);
  await worker.stop();
  console.log(JSON.stringify({ kind: 'fault', fault, outcome, versions: { node: process.versions.node } }));
}
if (isMainThread) {
  endWithOwner();
  const { seconds = 0.5, repeats = 3, fault, faults, after, times = 1 } = JSON.parse(process.argv[2] ?? '{}');
  const shown = faults ? Object.keys(FAULTS) : Array(fault ? times : 0).fill(fault);
  for (const each of shown) await show(each, after);
  let warm; // made by the empty task, so that its time is the start-up
  const run = (n, rounds) => (warm ??= new PrimeWorker()).ask({ n, rounds });
  const [n, rounds] = sizedPrime(seconds), work = `isPrimeAgain(${n}, ${rounds})`;
  if (!shown[0]) await measure({ hatch: 'interpreters', work, run: () => run(n, rounds), empty: () => run(7, 1), repeats });
  end();
} else parentPort.on('message', ({ n, rounds, fault }) => {
  const answered = () => { try { return { answer: isPrimeAgain(n, rounds) }; } catch (refusal) { return { refusal }; } };
  const reply = () => parentPort.postMessage(answered());
  return fault ? FAULTS[fault](reply) : reply();
});
