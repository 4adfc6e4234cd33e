// One thread waits for a thousand things at once: a wait gives the thread back to the loop.
//   node many_waits.js '{"count": 1000, "seconds": 0.2}'
import { setTimeout as wait } from 'node:timers/promises';
import { end, endWithOwner } from './lifeline.js';

endWithOwner();
const { count = 1000, seconds = 0.2 } = JSON.parse(process.argv[2] ?? '{}');
const start = performance.now();
await Promise.all(Array.from({ length: count }, () => wait(seconds * 1000)));
const took = (performance.now() - start) / 1000;
const versions = { node: process.versions.node };
console.log(JSON.stringify({ kind: 'waits', count, took, pids: [process.pid], versions }));
end();
