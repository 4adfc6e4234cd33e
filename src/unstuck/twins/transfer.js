// A message copies its buffer; a transfer moves it, and the sender's is empty afterwards; shared
// memory is one and the same on both sides. Only a buffer that is all one's own can be moved.
//   node transfer.js '{"bytes": 16777216}'
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { end, endWithOwner } from './lifeline.js';

if (isMainThread) await main();
else parentPort.on('message', receive);

async function main() {
  endWithOwner();
  const { bytes = 2 ** 20, text = 'x' } = JSON.parse(process.argv[2] ?? '{}');
  const worker = new Worker(fileURLToPath(import.meta.url), { execArgv: [] });
  worker.on('exit', (code) => { throw new Error(`the worker has ended with exit code ${code}`); });
  await send(worker, new ArrayBuffer(1), []); // its start is not the lesson
  const copied = await send(worker, new ArrayBuffer(bytes), []);
  const own = new ArrayBuffer(bytes);
  const transferred = await send(worker, own, [own]);
  const shared = await send(worker, new SharedArrayBuffer(bytes), []);
  console.log(JSON.stringify({
    kind: 'transfer', bytes, copied, transferred, shared, small: await sendSmall(worker, text),
    pids: [process.pid], versions: { node: process.versions.node },
  }));
  end();
}

// The receiver writes 7 into the first byte; the sender looks whether it sees that.
async function send(worker, buffer, list) {
  const view = new Uint8Array(buffer);
  const before = buffer.byteLength;
  const start = performance.now();
  worker.postMessage(buffer, list);
  const [receiver] = await once(worker, 'message');
  const milliseconds = performance.now() - start;
  return { before, receiver, after: buffer.byteLength, first: view[0] ?? null, milliseconds };
}

// A small Buffer is a view of a pool that others use too: its buffer must not be given away.
async function sendSmall(worker, text) {
  const small = Buffer.from(text);
  const { buffer } = small;
  const whole = small.byteLength === buffer.byteLength;
  let outcome;
  try {
    const { after } = await send(worker, buffer, [buffer]);
    outcome = after === 0 ? 'moved' : 'copied instead';
  } catch (error) {
    outcome = `refused: ${error.message}`;
  }
  const own = Uint8Array.from(Buffer.from(text)).buffer; // the remedy: a copy of one's own
  return { bytes: small.byteLength, whole, buffer: buffer.byteLength, outcome, own: await send(worker, own, [own]) };
}

function receive(buffer) {
  new Uint8Array(buffer)[0] = 7;
  parentPort.postMessage(buffer.byteLength);
}
