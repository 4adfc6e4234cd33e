// Three roads to a worker: a message copies (structured clone), a transfer moves, and leaves the
// sender's buffer empty; shared memory is the same on both sides. Lists and objects are only copied.
//   node sharing.js '{"shape": "bytes", "sizes": [1024, 16777216], "rounds": 5}'
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { end, endWithOwner } from './lifeline.js';
import { payload } from './payloads.js';

if (isMainThread) await main();
else parentPort.on('message', glance);

async function main() {
  endWithOwner();
  const { shape = 'bytes', sizes = [1024, 2 ** 20], rounds = 5 } = JSON.parse(process.argv[2] ?? '{}');
  const worker = new Worker(fileURLToPath(import.meta.url), { execArgv: [] });
  worker.on('exit', (code) => { throw new Error(`the worker has ended with exit code ${code}`); });
  for (const size of sizes) {
    const sent = payload(shape, size);
    const runs = {};
    for (let turn = -1; turn < rounds; turn += 1) { // the first round warms up
      for (const [road, pass] of Object.entries(roads(sent))) {
        const seen = await pass(worker);
        if (turn < 0) runs[road] = { ...seen, runs: [] };
        else runs[road].runs.push(seen.seconds);
      }
    }
    for (const [road, seen] of Object.entries(runs)) console.log(JSON.stringify({ road, shape, size, ...seen }));
  }
  console.log(JSON.stringify({ kind: 'roads', shape, sizes, pids: [process.pid], versions: { node: process.versions.node } }));
  end();
}

function roads(sent) {
  const { buffer } = sent;
  if (!buffer) return { 'worker, clone': (worker) => send(worker, sent, [], 'copied') };
  const [own, shared] = [buffer.slice(), new SharedArrayBuffer(buffer.byteLength)];
  new Uint8Array(shared).set(new Uint8Array(buffer));
  return {
    'worker, clone': (worker) => send(worker, buffer, [], 'copied'),
    'worker, transfer': (worker) => send(worker, own, [own], 'moved'),
    'worker, SharedArrayBuffer': (worker) => send(worker, shared, [], 'shared'),
  };
}

async function send(worker, value, list, arrives) {
  const lengthOf = () => value.byteLength ?? value.length ?? Object.keys(value).length;
  const [before, start] = [lengthOf(), performance.now()];
  worker.postMessage(value, list);
  const [arrived] = await once(worker, 'message');
  const seconds = (performance.now() - start) / 1000;
  return { arrives, seconds, before, after: lengthOf(), arrived };
}

function glance(value) { // the length: bytes of a buffer, else items; both ends are looked at
  const items = value.byteLength === undefined ? Object.values(value) : new Uint8Array(value);
  const whole = items.at(0) !== undefined && items.at(-1) !== undefined;
  parentPort.postMessage(whole ? items.length : -1);
}
