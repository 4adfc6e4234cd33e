// A twin never outlives the Python process that started it: its standard input closes when that
// process ends, however it ends. A worker thread watches it, for the main thread may be blocked.
import { Socket } from 'node:net';
import { Worker, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';

export function endWithOwner() {
  if (process.env.UNSTUCK_OWNED !== '1') return;
  const watch = new Worker(fileURLToPath(import.meta.url), { stdin: true, workerData: 'owner watch' });
  watch.on('error', (error) => console.error(`owner watch: ${error.message}`));
  watch.unref();
}

// End once all that was printed has left: process.exit() alone cuts off what a full pipe holds back.
export function end() {
  process.stdout.write('', () => process.exit());
}

if (workerData === 'owner watch') { // not in the workers of a twin, which may import this too
  const stdin = new Socket({ fd: 0 });
  stdin.on('close', () => process.kill(process.pid, 'SIGKILL'));
  stdin.resume();
}
