// Each way out with each kind of work, from live runs: a task alone, then as many at once as there
// are workers, with the loop's lag; what a start costs, what a worker holds, what a guest may do.
//   node choosing.js '{"workers": 2, "seconds": 0.05, "payload": 8388608, "rounds": 5}'
import { performance } from 'node:perf_hooks';
import { known, measured } from './choosing_measure.js';
import { stay } from './choosing_probe.js';
import { reasonMissing, wayOut } from './choosing_ways.js';
import { end, endWithOwner } from './lifeline.js';
import { isPrimeAgain, sizedDigest, sizedPrime } from './workloads.js';

endWithOwner();
const {
  workers = 2, seconds = 0.05, payload = 8 * 2 ** 20, rounds = 5, budget = 25,
  ways = ['inline', 'await', 'threads', 'worker', 'pool', 'child'],
  works = ['pure CPU', 'CPU in C', 'waiting', 'mixed', 'big payload'],
  guests = ['inline', 'worker', 'pool', 'child'],
} = JSON.parse(process.argv[2] ?? '{}');
const last = performance.now() + 1000 * budget;
const LATE = 'the time was over: give it more seconds';
const say = (line) => console.log(JSON.stringify(line));

function orders() { // V8 compiles what is hot: only then a task takes its time
  const [n] = sizedPrime(0.01);
  isPrimeAgain(n, 150);
  const [, again] = sizedPrime(seconds);
  const facts = { n, again, seconds, rounds: sizedDigest(seconds) };
  return (work) => ({ work, ...facts, ...(work === 'big payload' && { payload: new Uint8Array(payload) }) });
}

const weightOf = (hatch) => (hatch === 'child' ? 4 : hatch === 'worker' ? 2 : 1); // they start anew
let cells = ways.flatMap((hatch) => works.map((work) => (reasonMissing(hatch, work) ? 0 : weightOf(hatch)))).reduce((a, b) => a + b, 0);

async function rowsOf(hatch, order) {
  const { run, close } = wayOut(hatch, workers);
  const about = await known(hatch, run, workers);
  const times = ['worker', 'child'].includes(hatch) ? Math.max(1, rounds - 2) : rounds;
  for (const work of works) {
    const [missing, now] = [reasonMissing(hatch, work) ?? (performance.now() > last ? LATE : ''), performance.now()];
    const until = now + ((last - now) * weightOf(hatch)) / cells; // a fair share of the time
    cells -= missing ? 0 : weightOf(hatch);
    const found = missing ? {} : { ...about, ...await measured(run, order(work), workers, [times, until]) };
    say({ row: { hatch, work, missing, ...found } });
  }
  await close();
}

if (ways.length > 0) {
  const order = orders();
  for (const hatch of ways) await rowsOf(hatch, order);
}
await Promise.all(guests.map(async (hatch) => say({ stay: { hatch, ...await stay(hatch) } })));
say({ kind: 'choosing', workers, pids: [process.pid], versions: { node: process.versions.node } });
end();
