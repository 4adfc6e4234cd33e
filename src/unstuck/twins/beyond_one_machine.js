// A scheduler in a few lines. Workers are processes that call by TCP, as from another machine, and
// get one task at a time. Where one dies in the middle, its task is handed to another: begun twice,
// never lost. dask.distributed does so for Python.
//   node beyond_one_machine.js '{"seconds": 0.5, "workers": 2, "tasks": 8}'
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { end, endWithOwner } from './lifeline.js';
import { measure } from './measure.js';
import { keepWorkers } from './remote_worker.js';
import { sizedPrime } from './workloads.js';

endWithOwner();
const { seconds = 0.5, repeats = 3, workers = 2, tasks = 8 } = JSON.parse(process.argv[2] ?? '{}');
const [queue, idle, busy] = [[], new Map(), new Map()];
const [half, full] = [sizedPrime(seconds / 2), sizedPrime(seconds)];
let begun = 0;
const server = createServer(meet).listen(0, '127.0.0.1');
await once(server, 'listening');
const endWorkers = keepWorkers(server.address().port, workers);
const asked = Array.from({ length: tasks }, () => run(half));
while (busy.size < workers) await pause(5);
process.kill([...busy.values()][0].pid, 'SIGKILL'); // in the middle of its task
const pids = new Set((await Promise.all(asked)).map((each) => each.pid));
console.log(JSON.stringify({ kind: 'redone', tasks, begun, workers, pids: [...pids] }));
const answer = async (...args) => (await run(args)).answer;
const [work, empty] = [() => answer(...full), () => answer(2, 1)];
await measure({ hatch: 'distributed', work: `isPrimeAgain(${full.join(', ')})`, run: work, empty, repeats });
endWorkers();
end();

function meet(socket) { // each line of a worker says that it is free; the first brings no answer
  createInterface(socket).on('error', () => {}).on('line', (line) => { // it hears the socket's errors too
    const { pid, answer } = JSON.parse(line);
    busy.get(socket)?.done({ pid, answer });
    busy.delete(socket);
    idle.set(socket, pid);
    handOut();
  });
  socket.on('error', () => {}).on('close', () => { // it is gone: what it began is begun again
    if (busy.has(socket)) queue.unshift(busy.get(socket));
    for (const list of [idle, busy]) list.delete(socket);
    handOut();
  });
}

function run(args) {
  return new Promise((done) => { queue.push({ args, done }); handOut(); });
}

function handOut() {
  while (queue.length && idle.size) {
    const [[socket, pid]] = idle;
    busy.set(socket, { ...queue.shift(), pid });
    idle.delete(socket);
    begun += 1;
    socket.write(`${JSON.stringify(busy.get(socket).args)}\n`);
  }
}
