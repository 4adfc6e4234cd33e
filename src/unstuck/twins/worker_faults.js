// What a worker may do instead of a plain answer: each of these must end in an answer or an error.
import { parentPort } from 'node:worker_threads';

const absent = 'no-such-package';
const forEver = () => { for (;;); };

export const FAULTS = {
  exit0: () => process.exit(0),
  exit1: () => process.exit(1),
  throw: () => { throw new Error('thrown on purpose'); },
  reject: () => Promise.reject(new Error('rejected on purpose')),
  string: () => { throw 'a bare string'; },
  missing: () => import(absent),
  silent: () => parentPort.close(), // nothing is left to do: it ends with code 0
  answered: (reply) => { reply(); process.exit(1); },
  logs: (reply) => { // lines may be lost with the exit; the message is not
    for (const line of [1, 2, 3]) console.log(`line ${line}`);
    reply();
    process.exit(0);
  },
  input: (reply) => reply(), // it is asked about 2.5
  hang: forEver,
  stop: forEver, // until we end it
};
