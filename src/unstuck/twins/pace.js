// How fast do tiny tasks come back? One after the other gives the round trip; `lanes` at a time
// give the tasks per second. The threads that answered are counted. Times in seconds.
import { performance } from 'node:perf_hooks';

export async function pace(run, tasks, lanes) {
  const trips = [];
  const threads = new Set();
  const one = async () => {
    const start = performance.now();
    threads.add((await run()).threadId);
    trips.push((performance.now() - start) / 1000);
  };
  for (let task = 0; task < tasks; task += 1) await one();
  const round_trip = trips.sort((a, b) => a - b)[Math.floor(tasks / 2)];

  let left = tasks;
  const lane = async () => { while (left-- > 0) await one(); };
  const start = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  const tasks_per_s = tasks / ((performance.now() - start) / 1000);
  return { round_trip, tasks_per_s, tasks: 2 * tasks, threads: threads.size };
}
