// The article's number: what does its check cost, warm, what does a new worker for it cost, and what
// one that is kept? Seconds of some rounds each.
//   node claim_small_task.js '{"rounds": 3}'
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { end, endWithOwner } from './lifeline.js';
import { ARTICLE_NUMBER, isPrime } from './workloads.js';

if (isMainThread) await main();
else parentPort.on('message', (n) => parentPort.postMessage(isPrime(n)));

async function main() {
  endWithOwner();
  const { rounds = 3 } = JSON.parse(process.argv[2] ?? '{}');
  for (let call = 0; call < 20; call += 1) isPrime(ARTICLE_NUMBER); // V8 compiles it meanwhile
  const seen = { inline: [], new_worker: [], warm_worker: [], tiny_inline: [], tiny_worker: [] };
  const kept = start();
  for (let round = -1; round < rounds; round += 1) { // the first one warms up
    const inline = await timed(async () => isPrime(ARTICLE_NUMBER));
    const fresh = await timed(() => once(start(), ARTICLE_NUMBER, true));
    const warm = await timed(() => once(kept, ARTICLE_NUMBER));
    const tinyInline = await timed(async () => isPrime(97));
    const tinyWorker = await timed(() => once(kept, 97));
    if (round < 0) continue;
    for (const [name, value] of [['inline', inline], ['new_worker', fresh], ['warm_worker', warm],
      ['tiny_inline', tinyInline], ['tiny_worker', tinyWorker]]) seen[name].push(value);
  }
  console.log(JSON.stringify({ kind: 'small', ...seen, pids: [process.pid], versions: { node: process.versions.node } }));
  end();
}

function start() {
  return new Worker(fileURLToPath(import.meta.url), { execArgv: [] });
}

function once(worker, n, last = false) {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (answer) => {
      worker.off('error', reject);
      if (last) worker.terminate();
      resolve(answer);
    });
    worker.postMessage(n);
  });
}

async function timed(call) {
  const begun = performance.now();
  await call();
  return (performance.now() - begun) / 1000;
}
