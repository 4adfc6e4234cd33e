// One trial: the seconds of an empty task (start-up), then of the work, with the loop's lag.
// Prints one JSON line that trial.py reads; times in seconds, lag in milliseconds.
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { LagMeter } from './lag.js';

export async function measure({ hatch, work, run, empty = run, repeats = 3 }) {
  const start_seconds = (await timed(empty)).seconds;
  const meter = new LagMeter({ every: 20 }).start();
  const runs = [];
  for (let i = 0; i < repeats; i += 1) {
    runs.push(await timed(run));
    await pause(50); // the loop breathes: each block counts by itself
  }
  await meter.stop();
  const { answer } = runs[0];
  console.log(JSON.stringify({
    kind: 'trial', hatch, runtime: 'node', work, answer, start_seconds,
    seconds: runs.map((each) => each.seconds), lag: meter.lag(),
    pids: [process.pid], versions: { node: process.versions.node },
  }));
  return answer;
}

async function timed(call) {
  const start = performance.now();
  const answer = await call();
  return { answer, seconds: (performance.now() - start) / 1000 };
}
