// Bad guests, let into one way out in a process of its own: one stays longer than its time-out
// allows, then one crashes. Each finding is printed at once, for the second may end this process.
// A guest that nobody stops makes a file at its end; CPU is used by a new worker's start as well.
//   node choosing_probe.js worker /tmp/mark
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { wayOut } from './choosing_ways.js';
import { end } from './lifeline.js';

const me = fileURLToPath(import.meta.url);
const [STAYS, LEAVES, GRACE] = [1.2, 300, 1]; // seconds it stays; ms until it must go; seconds it may be late
const say = (line) => console.log(JSON.stringify(line));

async function main(name, mark) {
  const { run, close } = wayOut(name, 1);
  await run({ work: 'nothing' });
  const leave = new AbortController();
  const stays = run({ work: 'overstay', seconds: STAYS, mark }, leave.signal).then(() => 'left', () => 'stopped');
  const seen = await Promise.race([stays, pause(LEAVES, 'time is over')]);
  if (seen === 'left') say({ overstay: 'held the loop' }); // nobody could ask it to go
  else {
    leave.abort();
    const asked = performance.now();
    await run({ work: 'nothing' });
    const seconds = (performance.now() - asked) / 1000;
    const last = asked + 1000 * (STAYS + GRACE);
    while (!existsSync(mark) && performance.now() < last) await pause(20);
    say({ overstay: existsSync(mark) ? 'works on' : 'stopped', seconds });
  }
  await run({ work: 'crash' }).catch((error) => say({ crash: 'told', error: error.message }));
  await close();
  end();
}

// What became of the guests of a way out: {crash, overstay, seconds}.
export async function stay(name) {
  const [found, folder] = [{}, mkdtempSync(join(tmpdir(), 'guest-'))];
  const probe = spawn(process.execPath, [me, name, join(folder, 'mark')], { stdio: ['ignore', 'pipe', 'ignore'], timeout: 15_000, killSignal: 'SIGKILL' });
  const ended = new Promise((resolve) => { probe.on('error', resolve).on('close', (code, signal) => resolve(signal ?? code)); });
  for await (const line of createInterface({ input: probe.stdout })) Object.assign(found, JSON.parse(line));
  const how = await ended;
  rmSync(folder, { recursive: true, force: true });
  if (found.overstay && !found.crash && how !== 0) found.crash = 'all ended';
  return found;
}

if (process.argv[1] === me) await main(...process.argv.slice(2));
