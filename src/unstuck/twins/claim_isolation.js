// Code that is not trusted gets a process group of its own, and the group is ended as a whole. What
// has left the group is not reached, and Node.js sets no limit on memory or CPU. What is the price?
//   node claim_isolation.js '{"program": ["sleep", "10"]}'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { end, endWithOwner } from './lifeline.js';

endWithOwner();
const { program: [name, ...args] } = JSON.parse(process.argv[2] ?? '{"program": ["sleep", "10"]}');
const child = spawn(name, args, { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
const closed = once(child, 'exit');
const [text] = await once(child.stdout, 'data'); // it tells its process ids
process.kill(-child.pid, 'SIGKILL'); // the group, not only its leader
const [, signal] = await closed;
child.stdout.destroy();

async function startSeconds() {
  const start = performance.now();
  await once(spawn(process.execPath, ['--version'], { stdio: 'ignore' }), 'exit');
  return (performance.now() - start) / 1000;
}

const start_s = [await startSeconds(), await startSeconds(), await startSeconds()];
console.log(JSON.stringify({
  kind: 'isolation', pids_seen: `${text}`.trim().split(' ').map(Number), signal, start_s,
  pids: [process.pid], versions: { node: process.versions.node },
}));
end();
