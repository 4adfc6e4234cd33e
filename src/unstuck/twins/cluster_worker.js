// A worker's life in the cluster: it beats, obeys its primary, and drains before it ends.
import cluster from 'node:cluster';
import { Server } from 'node:net';
import { LagMeter } from './lag.js';

const IDLE = 300; // ms after which a connection without a request is closed while draining
const tell = (message) => process.connected && process.send(message, () => {}); // the primary may be gone

// Closes what is idle by now: no request has come on it since the draining began.
function closeIdle(server, unused) {
  server.closeIdleConnections();
  for (const socket of unused) if (socket.bytesRead === 0) socket.destroy(); // connected, and never asked
}

// Take no more connections and end when none is left. Each answer says that its connection closes,
// so a client that comes again opens a new one, to another worker.
function drainer(server) {
  const [unused, unanswered] = [new Set(), new Set()];
  let isDraining = false;
  server.on('connection', (socket) => unused.add(socket.on('close', () => unused.delete(socket))));
  server.prependListener('request', (request, response) => {
    unused.delete(request.socket);
    unanswered.add(response.on('close', () => unanswered.delete(response)));
    if (isDraining) response.setHeader('connection', 'close');
  });
  return () => {
    if (isDraining) return;
    isDraining = true;
    for (const response of unanswered) if (!response.headersSent) response.setHeader('connection', 'close');
    // http's own close() would end idle connections now. When none is left, the primary is asked for the end: a
    // connection that it handed out in the meantime is given back before that.
    Server.prototype.close.call(server, () => cluster.worker.disconnect());
    // A timer comes before the sockets are read: a request that arrived while the loop was blocked is read first.
    setTimeout(() => setImmediate(closeIdle, server, unused), IDLE);
  };
}

export function join(server, events) {
  if (process.env.UNSTUCK_CRASH_AT_START === '1') throw new Error('this worker dies at its start, as it was asked to');
  const drain = drainer(server);
  const orders = { drain, hang: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) }; // for ever
  process.on('message', (message) => orders[message.do]?.());
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', drain).on('SIGINT', () => {}); // Ctrl-C reaches all; the primary decides
  server.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  server.on('listening', () => tell({ kind: 'ready' }));
  new LagMeter({ every: 100, onBeat: (late) => tell({ kind: 'beat', at: Date.now() / 1000, late: late / 1000 }) }).start();
  const weigh = () => tell({ kind: 'memory', bytes: process.memoryUsage.rss() });
  if (events) setInterval(weigh, 1000);
}
