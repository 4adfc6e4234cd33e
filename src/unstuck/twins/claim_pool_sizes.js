// How many tasks a second do so many workers do, where the tasks compute and where they wait? More
// workers than CPUs help those that wait.
//   node claim_pool_sizes.js '{"sizes": [2, 4], "tasks": 8, "seconds": 0.03}'
import { performance } from 'node:perf_hooks';
import { end, endWithOwner } from './lifeline.js';
import { wayOut } from './ways.js';
import { sizedPrime, small } from './workloads.js';

endWithOwner();
const { sizes = [2, 4], tasks = 8, seconds = 0.03, rounds = 3 } = JSON.parse(process.argv[2] ?? '{}');
const amounts = { prime: sizedPrime(seconds), wait: small(seconds) };
const all = (run, work, count) => Promise.all(Array.from({ length: count }, () => run(work, amounts[work])));

async function rate(run, work) {
  const start = performance.now();
  await all(run, work, tasks);
  return tasks / ((performance.now() - start) / 1000);
}

for (const size of sizes) {
  const run = wayOut('pool', size);
  await all(run, 'wait', size); // all are started
  for (const work of ['prime', 'wait']) {
    const rates = [];
    for (let round = 0; round < rounds; round += 1) rates.push(await rate(run, work));
    console.log(JSON.stringify({ size, work, rates }));
  }
}
console.log(JSON.stringify({ kind: 'sizes', sizes, tasks, pids: [process.pid], versions: { node: process.versions.node } }));
end();
