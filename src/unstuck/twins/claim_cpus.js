// cpus().length counts what the machine has, availableParallelism() what this process may use. The
// owner takes CPUs away from this process while it looks.
//   node claim_cpus.js
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { end, endWithOwner } from './lifeline.js';

const PATIENCE = 3000; // milliseconds until the owner has done so
endWithOwner();
const before = availableParallelism();
console.log(JSON.stringify({ pin: process.pid }));
for (let waited = 0; waited < PATIENCE && before > 1 && availableParallelism() === before; waited += 10) await pause(10);
console.log(JSON.stringify({
  kind: 'cpus', cpus: cpus().length, before, after: availableParallelism(),
  pids: [process.pid], versions: { node: process.versions.node },
}));
end();
