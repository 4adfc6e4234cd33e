// Some of Node's work goes to libuv's helper threads: four, unless UV_THREADPOOL_SIZE says another
// number. More jobs than threads finish in waves, and the first wave is as large as the pool.
//   UV_THREADPOOL_SIZE=2 node helper_pool.js '{"jobs": 8}'
import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { end, endWithOwner } from './lifeline.js';
import { sizedDigest } from './workloads.js';

endWithOwner();
const { jobs = 8, seconds = 0.1 } = JSON.parse(process.argv[2] ?? '{}');
const rounds = sizedDigest(seconds);
const start = performance.now();

async function job() {
  await promisify(pbkdf2)('unstuck', 'salt', rounds, 32, 'sha256');
  return (performance.now() - start) / 1000;
}

const finished = (await Promise.all(Array.from({ length: jobs }, job))).sort((a, b) => a - b);
console.log(JSON.stringify({
  kind: 'pool', jobs, pool: Number(process.env.UV_THREADPOOL_SIZE ?? 4), finished,
  pids: [process.pid], versions: { node: process.versions.node },
}));
end();
