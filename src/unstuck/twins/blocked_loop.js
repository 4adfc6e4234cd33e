// One thread runs the code: a long computation blocks the loop, and every beat due in it is late.
//   node blocked_loop.js '{"seconds": 0.5, "repeats": 3}'
import { end, endWithOwner } from './lifeline.js';
import { measure } from './measure.js';
import { isPrimeAgain, sizedPrime } from './workloads.js';

endWithOwner();
const { seconds = 0.5, repeats = 3 } = JSON.parse(process.argv[2] ?? '{}');
const [n, rounds] = sizedPrime(seconds);

await measure({
  hatch: 'inline',
  work: `isPrimeAgain(${n}, ${rounds})`,
  run: async () => isPrimeAgain(n, rounds),
  empty: async () => {},
  repeats,
});
end();
