// The ways out in Node.js by the names of the Python hatches: wayOut(name) gives run(kind, amount).
// A worker is a thread with its own heap and loop; it answers by message, and its death is told.
import { spawn } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { digest, isPrimeAgain } from './workloads.js';

const me = fileURLToPath(import.meta.url);

export function wayOut(name, workers = 1) {
  if (name === 'inline') return async (kind, amount) => work(kind, amount);
  if (name === 'threads' || name === 'child') return name === 'child' ? ownProcess : helperThread;
  if (!['interpreters', 'pool'].includes(name)) throw new RangeError(`there is no way out "${name}" in Node.js`);
  const kept = Array.from({ length: name === 'pool' ? workers : 1 }, () => ({ waiting: new Map() }));
  return (kind, amount) => ask(kept.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a)), kind, amount);
}

function work(kind, amount) {
  if (kind === 'prime') return isPrimeAgain(...amount);
  if (kind === 'digest') return digest(amount);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, amount * 1000); // as time.sleep does
  return amount;
}

// libuv's pool runs its own C functions, never JavaScript: only the hash can go there.
async function helperThread(kind, amount) {
  if (kind !== 'digest') throw new TypeError(`Node's helper threads run C functions, never JavaScript: "${kind}" cannot go there, "digest" can`);
  return (await promisify(pbkdf2)('unstuck', 'salt', amount, 32, 'sha256')).toString('hex');
}

function ownProcess(kind, amount) {
  return new Promise((resolve, reject) => {
    let said = '';
    const child = spawn(process.execPath, [me, JSON.stringify({ kind, amount })], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.on('data', (data) => { said += data; });
    child.on('error', reject).on('close', (code, signal) => (code === 0 ? resolve(JSON.parse(said).answer) : reject(new Error(`the child ended with ${signal ?? `exit code ${code}`}`))));
  });
}

function ask(kept, kind, amount) { // the first call starts the worker, which is kept
  kept.thread ??= start(kept);
  const id = (kept.last = (kept.last ?? 0) + 1);
  const answer = new Promise((resolve, reject) => { kept.waiting.set(id, { resolve, reject }); });
  kept.thread.postMessage({ id, kind, amount });
  return answer.finally(() => kept.waiting.delete(id));
}

function start(kept) {
  const fail = (error) => { kept.thread = undefined; kept.waiting.forEach(({ reject }) => reject(error)); };
  return new Worker(me, { workerData: 'way out', execArgv: [] })
    .on('message', ({ id, answer }) => kept.waiting.get(id)?.resolve(answer))
    .on('error', fail)
    .on('exit', (code) => fail(new Error(`the worker ended with exit code ${code}`)));
}

const reply = ({ id, kind, amount }) => ({ id, answer: work(kind, amount) });
if (workerData === 'way out') parentPort.on('message', (call) => parentPort.postMessage(reply(call)));
else if (process.argv[1] === me) console.log(JSON.stringify(reply(JSON.parse(process.argv[2]))));
