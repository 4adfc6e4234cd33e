// The web server that gets blocked: one process, one event loop, as server.py is.
//   node server.js '{"hatch": "inline", "beats": true}'
import { makeServer, measuredSizes } from './app.js';
import { LagMeter } from './lag.js';
import { endWithOwner } from './lifeline.js';
import { wayOut } from './ways.js';

endWithOwner();
const { hatch = 'inline', workers = 1, beats = false, port = 0 } = JSON.parse(process.argv[2] ?? '{}');
const { pid } = process;
const print = (line) => console.log(JSON.stringify(line));

const server = makeServer(wayOut(hatch, workers), measuredSizes());
server.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => {
  print({ kind: 'ready', url: `http://127.0.0.1:${server.address().port}`, primary: pid, workers: [pid] });
  if (beats) new LagMeter({ every: 100, onBeat: (late) => print({ kind: 'beat', at: Date.now() / 1000, late: late / 1000 }) }).start();
});
