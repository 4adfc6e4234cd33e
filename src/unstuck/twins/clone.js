// A message carries a copy (structured clone): data arrives, methods are lost without a word, and
// a function is refused. Each row is tried here and now.
//   node clone.js '{"bytes": 10000000}'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { end, endWithOwner } from './lifeline.js';

endWithOwner();
const { bytes = 10_000_000 } = JSON.parse(process.argv[2] ?? '{}');
const { port1, port2 } = new MessageChannel();

class Counter {
  constructor(count) { this.count = count; }
  next() { return this.count + 1; }
}
const cycle = { name: 'ring' };
cycle.self = cycle;

const trials = [
  ['a function', () => 7],
  ['an object with a function in it', { n: 7, onDone: () => 7 }],
  ['an instance of a class', new Counter(7), (got) => `count ${got.count}, next() ${got.next ? 'kept' : 'lost'}`],
  ['an Error', new TypeError('too big', { cause: 7 }), (got) => `${got.name}: ${got.message}`],
  ['a Map', new Map([['a', 1]]), (got) => `a is ${got.get('a')}`],
  ['a Date', new Date(0), (got) => got.toISOString()],
  ['a cycle', cycle, (got) => `it ${got.self === got ? 'still' : 'no longer'} holds itself`],
  ['a buffer', new Uint8Array(bytes), (got, sent) => `${got.length} bytes, ${sent.length} still here`],
];

function sent([name, value, look]) {
  try {
    port1.postMessage(value);
  } catch (error) {
    return { value: name, 'arrives as': 'refused', note: culprit(value) ?? error.message };
  }
  const got = receiveMessageOnPort(port2).message;
  const own = got === value ? ', the same' : '';
  return { value: name, 'arrives as': `${got.constructor.name}${own}`, note: look(got, value) };
}

// Name what cannot be copied: DataCloneError prints the function's source, not its place.
function culprit(value, path = '') {
  if (typeof value === 'function') return path ? `field ${path} is a function` : 'it is a function';
  for (const [key, field] of Object.entries(value ?? {})) {
    const found = typeof field === 'function' || typeof field === 'object'
      ? culprit(field, path ? `${path}.${key}` : key) : undefined;
    if (found) return found;
  }
  return undefined;
}

console.log(JSON.stringify({ kind: 'clone', rows: trials.map(sent), versions: { node: process.versions.node } }));
port1.close();
end();
