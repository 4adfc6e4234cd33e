// A cluster: several processes serve one port. The primary forks the workers, spreads the new
// connections over them, and forks another when one ends; each worker is a server with one loop.
//   node cluster.js '{"workers": 2, "spread": "handout", "port": 0, "events": true}'
import cluster from 'node:cluster';
import { makeServer, measuredSizes } from './app.js';
import { announceOnce } from './cluster_announce.js';
import { obey } from './cluster_commands.js';
import { Crew } from './cluster_crew.js';
import { findPort, needReusePort, optionsOrEnd } from './cluster_options.js';
import { watch } from './cluster_watch.js';
import { join } from './cluster_worker.js';
import { end, endWithOwner } from './lifeline.js';
import { wayOut } from './ways.js';

if (cluster.isWorker) work(JSON.parse(process.argv[2]));
else await lead(optionsOrEnd(process.argv[2])).catch(failed);

async function lead({ workers, port: asked, ...options }) {
  if (options.spread === 'reuseport') needReusePort();
  // Who spreads? The primary, in turn, or the system. Node's own choice differs on Windows, so ours is named.
  cluster.schedulingPolicy = options.spread === 'handout' ? cluster.SCHED_RR : cluster.SCHED_NONE;
  const { port, note } = await findPort(asked); // one number for all, also for those that start later
  const args = [JSON.stringify({ ...options, port, sizes: measuredSizes() })];
  // A worker's standard input is a pipe that the primary holds: it closes when the primary ends, however it ends.
  cluster.setupPrimary({ args, execArgv: [], stdio: ['pipe', 2, 'pipe', 'ipc'] });
  const fork = (crash) => cluster.fork({ UNSTUCK_OWNED: '1', NODE_OPTIONS: '', ...(crash && { UNSTUCK_CRASH_AT_START: '1' }) });
  const crew = new Crew({ fork, port, note, ...options });
  announceOnce(crew);
  for (let slot = 0; slot < workers; slot += 1) crew.start(slot);
  watch(crew);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => crew.stop());
  process.stdout.on('error', () => process.kill(process.pid, 'SIGKILL')); // nobody reads any more
  obey(crew);
}

function failed(error) {
  console.log(JSON.stringify({ kind: 'failed', why: error.message }));
  process.exitCode = 1;
  end();
}

// The worker half: listen() asks the primary for the port, but for reusePort, which opens an own listener.
function work({ port, spread, hatch, sizes, events }) {
  endWithOwner();
  const server = makeServer(wayOut(hatch), sizes);
  join(server, events);
  server.listen({ port, host: '127.0.0.1', reusePort: spread === 'reuseport' });
}
