// What needs a helper thread waits where all of them are busy: a file does, a socket does not. In
// which order is it done: a long hash, a look at a file, a round trip over a socket?
//   UV_THREADPOOL_SIZE=2 node claim_helpers.js '{"hashes": 2}'
import { pbkdf2 } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { promisify } from 'node:util';
import { end, endWithOwner } from './lifeline.js';
import { sizedDigest } from './workloads.js';

endWithOwner();
const { hashes = 2, seconds = 0.2 } = JSON.parse(process.argv[2] ?? '{}');
const rounds = sizedDigest(seconds);
const server = createServer((socket) => socket.on('error', () => {}).end('ok')).listen(0, '127.0.0.1');
await once(server, 'listening');
const order = [];
const note = (what) => () => { if (!order.includes(what)) order.push(what); };

async function socket() {
  const client = connect(server.address().port, '127.0.0.1');
  await once(client, 'data');
  client.destroy();
}

const hash = () => promisify(pbkdf2)('unstuck', 'salt', rounds, 32, 'sha256');
await Promise.all([
  ...Array.from({ length: hashes }, () => hash().then(note('hash'))),
  stat(process.execPath).then(note('file')),
  socket().then(note('socket')),
]);
server.close();
console.log(JSON.stringify({
  kind: 'order', hashes, order, pids: [process.pid], versions: { node: process.versions.node },
}));
end();
