// The article's three lines: whoever ends is forked again, also a worker that fails at its start, for
// the same reason each time. How often, in some seconds?
//   node fork_for_ever.js '{"workers": 2, "seconds": 2}'
import cluster from 'node:cluster';
import { end, endWithOwner } from './lifeline.js';

if (cluster.isWorker) throw new Error('a module is missing');

endWithOwner();
const { workers = 2, seconds = 2 } = JSON.parse(process.argv[2] ?? '{}');
let forks = 0;
const fork = () => {
  forks += 1;
  cluster.fork();
};
cluster.setupPrimary({ silent: true, execArgv: [] });
cluster.on('exit', fork); // nobody asks why it ended
for (let i = 0; i < workers; i += 1) fork();
setTimeout(() => {
  cluster.off('exit', fork);
  console.log(JSON.stringify({ kind: 'forks', forks, workers, seconds, pids: [process.pid], versions: { node: process.versions.node } }));
  for (const worker of Object.values(cluster.workers)) worker.kill('SIGKILL');
  end();
}, seconds * 1000);
