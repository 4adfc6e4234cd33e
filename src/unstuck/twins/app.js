// What the server answers, alone or in a cluster: who answers, a prime check, work of any length.
// Work is done by `run`, a way out of the event loop; `inline` is no way out at all.
import { createServer } from 'node:http';
import { ARTICLE_NUMBER, isPrime, sizedDigest, sizedPrime, small } from './workloads.js';

const { pid } = process;

// The work that fills one second on this machine: measured once, at the start.
export function measuredSizes() {
  return { prime: sizedPrime(1), digest: sizedDigest(1) };
}

async function block(run, sizes, seconds, work) {
  if (!(seconds > 0 && seconds <= 60)) throw new RangeError(`seconds must be above 0 and at most 60, not ${seconds}`);
  const rounds = (each) => Math.max(1, Math.round(each * seconds));
  const amounts = { prime: [sizes.prime[0], rounds(sizes.prime[1])], digest: rounds(sizes.digest), wait: small(seconds) };
  if (!Object.hasOwn(amounts, work)) throw new RangeError(`work must be prime, digest or wait, not ${work}`);
  return run(work, amounts[work]);
}

async function answer(url, run, sizes) {
  if (url.pathname === '/prime') {
    const n = url.searchParams.get('n') ?? `${ARTICLE_NUMBER}`;
    return { pid, n: Number(n), prime: isPrime(/^-?\d+$/.test(n) ? Number(n) : NaN) };
  }
  if (url.pathname !== '/block') return { pid };
  const start = performance.now();
  const done = await block(run, sizes, Number(url.searchParams.get('seconds') ?? 1), url.searchParams.get('work') ?? 'prime');
  return { pid, answer: done, seconds: (performance.now() - start) / 1000 };
}

export function makeServer(run, sizes) {
  return createServer(async (request, response) => {
    let status = 200;
    let body;
    try {
      body = await answer(new URL(request.url, 'http://127.0.0.1'), run, sizes);
    } catch (error) {
      status = 400;
      body = { error: error.message };
    }
    const text = JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  });
}
