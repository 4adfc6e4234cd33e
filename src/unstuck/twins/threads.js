// Node's helper threads: libuv's pool hashes off the loop, and the loop goes on beating. The pool
// runs C, never JavaScript: a prime check cannot go there.
//   node threads.js '{"seconds": 0.5, "repeats": 3}'
import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { end, endWithOwner } from './lifeline.js';
import { measure } from './measure.js';
import { sizedDigest } from './workloads.js';

endWithOwner();
const { seconds = 0.5, repeats = 3 } = JSON.parse(process.argv[2] ?? '{}');
const rounds = sizedDigest(seconds);
const hash = async (times) => {
  const bytes = await promisify(pbkdf2)('unstuck', 'salt', times, 32, 'sha256');
  return bytes.toString('hex');
};

await measure({
  hatch: 'threads',
  work: `pbkdf2(${rounds})`,
  run: () => hash(rounds),
  empty: () => hash(1),
  repeats,
});
end();
