// One thread runs the code: all requests are asked before the first answer is read, and no callback
// begins while another one runs.
//   node claim_loop.js '{"asks": 20}'
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { end, endWithOwner } from './lifeline.js';

endWithOwner();
const { asks = 20 } = JSON.parse(process.argv[2] ?? '{}');
let [asked, answered, beforeFirst, inside, most] = [0, 0, 0, 0, 0];

const counted = (callback) => (...facts) => { // how many callbacks are at work now?
  inside += 1;
  most = Math.max(most, inside);
  callback(...facts);
  inside -= 1;
};

const server = createServer(counted((socket) => {
  socket.on('error', () => {});
  socket.once('data', counted(() => socket.end('ok')));
})).listen(0, '127.0.0.1');
await once(server, 'listening');

await Promise.all(Array.from({ length: asks }, () => new Promise((resolve, reject) => {
  const socket = connect(server.address().port, '127.0.0.1').on('error', reject);
  socket.write('?');
  asked += 1;
  socket.once('data', counted(() => {
    if (answered === 0) beforeFirst = asked;
    answered += 1;
  }));
  socket.on('close', resolve);
})));
server.close();
console.log(JSON.stringify({
  kind: 'loop', asks, before_first: beforeFirst, answered, most_at_once: most,
  pids: [process.pid], versions: { node: process.versions.node },
}));
end();
