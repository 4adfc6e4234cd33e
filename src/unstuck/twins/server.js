// The web server that gets blocked: one process, one event loop, as server.py is.
//   node server.js '{"hatch": "inline", "beats": true}'
import { createServer } from 'node:http';
import { LagMeter } from './lag.js';
import { endWithOwner } from './lifeline.js';
import { wayOut } from './ways.js';
import { ARTICLE_NUMBER, isPrime, sizedDigest, sizedPrime, small } from './workloads.js';

endWithOwner();
const { hatch = 'inline', workers = 1, beats = false, port = 0 } = JSON.parse(process.argv[2] ?? '{}');
const { pid } = process;
const run = wayOut(hatch, workers);
const sizes = { prime: sizedPrime(1), digest: sizedDigest(1) }; // for one second, found at start
const print = (line) => console.log(JSON.stringify(line));

async function block(seconds, work) {
  if (!(seconds > 0 && seconds <= 60)) throw new RangeError(`seconds must be above 0 and at most 60, not ${seconds}`);
  const rounds = (each) => Math.max(1, Math.round(each * seconds));
  const amounts = { prime: [sizes.prime[0], rounds(sizes.prime[1])], digest: rounds(sizes.digest), wait: small(seconds) };
  return run(work, amounts[work]);
}

async function answer(url) {
  if (url.pathname === '/prime') {
    const n = url.searchParams.get('n') ?? `${ARTICLE_NUMBER}`;
    return { pid, n: Number(n), prime: isPrime(/^-?\d+$/.test(n) ? Number(n) : NaN) };
  }
  if (url.pathname !== '/block') return { pid };
  const start = performance.now();
  const done = await block(Number(url.searchParams.get('seconds') ?? 1), url.searchParams.get('work') ?? 'prime');
  return { pid, answer: done, seconds: (performance.now() - start) / 1000 };
}

const server = createServer(async (request, response) => {
  let status = 200;
  const body = await answer(new URL(request.url, 'http://127.0.0.1')).catch((error) => {
    status = 400;
    return { error: error.message };
  });
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
});
server.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => {
  print({ kind: 'ready', url: `http://127.0.0.1:${server.address().port}`, primary: pid, workers: [pid] });
  if (beats) new LagMeter({ every: 100, onBeat: (late) => print({ kind: 'beat', at: Date.now() / 1000, late: late / 1000 }) }).start();
});
