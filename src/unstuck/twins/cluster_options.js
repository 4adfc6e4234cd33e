// Which cluster is asked for? What cannot be is told in one sentence before anything is started.
import { createServer } from 'node:net';
import { once } from 'node:events';
import { wayOut } from './ways.js';

export const MOST = 8; // workers
const SPREADS = ['handout', 'shared', 'reuseport'];
const isWhole = (value, least, most) => Number.isInteger(value) && value >= least && value <= most;

// What is wrong with them goes to standard error; the exit code is 2 then.
export function optionsOrEnd(text) {
  try {
    return readOptions(text);
  } catch (error) {
    console.error(error.message);
    return process.exit(2);
  }
}

function readOptions(text = '{}') {
  const { workers = 2, spread = 'handout', port = 0, hatch = 'inline', events = false } = JSON.parse(text) ?? {};
  const told = (value) => JSON.stringify(value)?.slice(0, 40);
  if (!isWhole(workers, 1, MOST)) throw new RangeError(`workers must be a whole number from 1 to ${MOST}, not ${told(workers)}`);
  if (!SPREADS.includes(spread)) throw new RangeError(`spread must be handout, shared or reuseport, not ${told(spread)}`);
  if (!isWhole(port, 0, 65_535)) throw new RangeError(`a port is a whole number from 0 to 65535, not ${told(port)}`);
  if (typeof events !== 'boolean') throw new RangeError(`events must be true or false, not ${told(events)}`);
  wayOut(hatch); // a name that it does not know is told there
  return { workers, spread, port, hatch, events };
}

// Can each worker have an SO_REUSEPORT listener of its own here?
export function needReusePort(version = process.versions.node, platform = process.platform) {
  const [major, minor] = version.split('.').map(Number);
  const known = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
  if (!known) throw new Error(`spread "reuseport" needs Node.js 22.12 or newer (or 23.1), this is ${version}`);
  const unfit = ['win32', 'darwin'].includes(platform);
  if (unfit) throw new Error(`spread "reuseport" needs a system that spreads by it, such as Linux, this is ${platform}`);
}

// The number of a port that is free: all workers are told the same one, also those of later. One that
// cannot be had is no reason to fail: a free one is taken, and the note says so.
export async function findPort(asked) {
  const probe = createServer().listen(asked, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if (asked === 0) throw error;
    const note = `port ${asked} cannot be had (${error.code}), so a free one was taken`;
    return { ...await findPort(0), note };
  }
  const { port } = probe.address();
  await new Promise((resolve) => { probe.close(resolve); });
  return { port };
}
