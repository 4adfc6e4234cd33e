// Who spreads the connections, if nobody says anything? Two workers answer with their number; round
// robin in the primary makes them take turns.
//   node claim_spread.js '{"requests": 12}'
import cluster from 'node:cluster';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { end, endWithOwner } from './lifeline.js';

if (cluster.isPrimary) await main();
else createServer((socket) => socket.on('error', () => {}).end(`${cluster.worker.id}`)).listen(0, '127.0.0.1');

async function main() {
  endWithOwner();
  const { requests = 12 } = JSON.parse(process.argv[2] ?? '{}');
  cluster.setupPrimary({ execArgv: [] });
  const workers = [cluster.fork(), cluster.fork()];
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  const turns = [];
  for (let request = 0; request < requests; request += 1) turns.push(await ask(port));
  const policy = cluster.schedulingPolicy === cluster.SCHED_RR ? 'round robin' : 'the system';
  for (const worker of workers) worker.process.kill('SIGKILL');
  console.log(JSON.stringify({
    kind: 'spread', policy, turns, pids: [process.pid], versions: { node: process.versions.node },
  }));
  end();
}

async function ask(port) {
  const socket = connect(port, '127.0.0.1');
  const [data] = await once(socket, 'data');
  socket.destroy();
  return Number(data);
}
