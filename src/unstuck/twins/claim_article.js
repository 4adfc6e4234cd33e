// Two habits of the article, run: a promise around a worker that listens to message, error and a bad
// exit code, and a prime check that does not look at what it is given.
//   node claim_article.js
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker } from 'node:worker_threads';
import { end, endWithOwner } from './lifeline.js';

if (isMainThread) await main();
else process.exit(0); // no message, and no error

async function main() {
  endWithOwner();
  const worker = new Worker(fileURLToPath(import.meta.url), { execArgv: [] });
  const left = once(worker, 'exit');
  let state = 'pending';
  answerOf(worker).then(() => { state = 'answered'; }, () => { state = 'rejected'; });
  const [code] = await left;
  await pause(200);
  const checks = Object.fromEntries([NaN, 2.5, 'a text', 9].map((n) => [`${n}`, unchecked(n)]));
  console.log(JSON.stringify({
    kind: 'article', exit_code: code, state, checks, pids: [process.pid], versions: { node: process.versions.node },
  }));
  end();
}

function answerOf(worker) {
  return new Promise((resolve, reject) => {
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', (code) => { if (code !== 0) reject(new Error(`exit code ${code}`)); });
  });
}

function unchecked(n) {
  for (let divisor = 2; divisor <= Math.sqrt(n); divisor += 1) if (n % divisor === 0) return false;
  return true;
}
