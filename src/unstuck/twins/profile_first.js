// Profile first: a server answers one request while V8's profiler looks on. `ticket` computes, and a
// better algorithm mends it; `customers` only waits, and a wait that gives the loop back mends it.
//   node profile_first.js '{"request": "ticket", "mended": false, "seconds": 0.5}'
import { createServer, get } from 'node:http';
import { Session } from 'node:inspector/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { end, endWithOwner } from './lifeline.js';
import { isPrimeFast } from './miller_rabin.js';
import { digest, isPrimeAgain, sizedPrime, small } from './workloads.js';

endWithOwner();
const { request = 'ticket', mended = false, seconds = 0.5 } = JSON.parse(process.argv[2] ?? '{}');
const [number, rounds] = sizedPrime(seconds);
const asked = 10; // customers of one request
const folder = new URL('.', import.meta.url).href; // it is nobody's business where this is
const still = new Int32Array(new SharedArrayBuffer(4));

function ticket() {
  const prime = mended ? isPrimeFast(number) : isPrimeAgain(number, rounds);
  return { number, prime, signature: sign() };
}

function sign() {
  return digest(20_000).slice(0, 10);
}

function askDriver(name) { // as an old driver does: the thread stands still
  Atomics.wait(still, 0, 0, (small(seconds) * 1000) / asked);
  return name;
}

async function askAndWait(name) { // as a driver of today does: the loop goes on
  await pause((small(seconds) * 1000) / asked);
  return name;
}

async function customers() {
  const names = Array.from({ length: asked }, (_, index) => `customer ${index}`);
  return mended ? Promise.all(names.map(askAndWait)) : names.map(askDriver);
}

const server = createServer(async (_, response) => {
  response.end(JSON.stringify(await { ticket, customers }[request]()));
}).listen(0, '127.0.0.1', async () => {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  const [start, before] = [performance.now(), process.cpuUsage()];
  get({ port: server.address().port, host: '127.0.0.1', agent: false }, async (response) => {
    const answer = JSON.parse((await response.toArray()).join(''));
    const [took, { user, system }] = [(performance.now() - start) / 1000, process.cpuUsage(before)];
    const { profile } = await session.post('Profiler.stop');
    for (const { callFrame } of profile.nodes) callFrame.url = callFrame.url.replace(folder, 'twins/');
    const facts = { request, mended, took, computed: (user + system) / 1e6, answer };
    const versions = { node: process.versions.node };
    console.log(JSON.stringify({ kind: 'profile', ...facts, versions, profile }));
    end();
  });
});
