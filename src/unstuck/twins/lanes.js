// Who works on what: a small pool of worker threads tells when each task is submitted, begins and
// ends. A task that throws, or that ends its worker, fails alone: a new worker takes its lane.
//   node lanes.js '{"tasks": 10, "workers": 2, "seconds": 0.2}'   and   "fault": 3 for a failing task
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, threadId, Worker } from 'node:worker_threads';
import { end, endWithOwner } from './lifeline.js';
import { isPrimeAgain, sizedPrime } from './workloads.js';

const me = fileURLToPath(import.meta.url);
const say = (kind, facts) => console.log(JSON.stringify({ kind, ...facts }));
const now = () => Date.now() / 1000; // epoch seconds, the same clock in all threads

function main({ tasks = 10, workers = 2, seconds = 0.2, fault }) {
  endWithOwner();
  const amount = sizedPrime(seconds);
  const queue = Array.from({ length: tasks }, (_, index) => index + 1);
  let left = tasks;

  for (const task of queue) say('submitted', { task, at: now() });
  for (let lane = 0; lane < Math.min(workers, tasks); lane += 1) startLane(lane);

  function startLane(lane) {
    let [task, problem] = [undefined, 'the worker ended without an answer'];
    const worker = new Worker(me, { execArgv: [] });
    const next = () => (task = queue.shift()) && worker.postMessage({ task, amount, fails: task === fault });
    worker.on('message', ({ kind, ...facts }) => {
      say(kind, { lane, ...facts });
      if (kind === 'ended') settle() || next();
    });
    for (const event of ['error', 'messageerror']) worker.on(event, (error) => { problem = told(error); });
    worker.on('exit', () => {
      if (!task) return; // it had nothing to do
      say('ended', { lane, task, at: now(), failed: problem });
      settle();
      if (queue.length > 0) startLane(lane);
    });
    next();
  }

  function settle() {
    if ((left -= 1) > 0) return;
    say('lanes', { tasks, workers, pids: [process.pid], versions: { node: process.versions.node } });
    end();
  }
}

function told({ name, stack, message }) {
  return `${name} in lanes.js, line ${/lanes\.js:(\d+)/.exec(stack)?.[1]}: ${message}`;
}

function work({ task, amount, fails }) {
  parentPort.postMessage({ kind: 'began', task, thread: threadId, at: now() });
  isPrimeAgain(...amount);
  if (fails) throw new Error('made to fail');
  parentPort.postMessage({ kind: 'ended', task, thread: threadId, at: now() });
}

if (isMainThread) main(JSON.parse(process.argv[2] ?? '{}'));
else parentPort.on('message', work);
