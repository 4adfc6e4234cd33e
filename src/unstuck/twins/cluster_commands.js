// What its owner may ask of a running cluster: one JSON object a line, {"do": ...}. What cannot be
// done is refused with a sentence.
import { createInterface } from 'node:readline';
import { MOST } from './cluster_options.js';
import { restart } from './cluster_restart.js';

const COMMANDS = {
  kill: (crew, { pid }) => own(crew, pid).kill(),
  hang: (crew, { pid }) => own(crew, pid).tell({ do: 'hang' }),
  crash_at_start: (crew, { on }) => { crew.crash = checked(on, typeof on === 'boolean', '"on" must be true or false'); },
  restart: (crew) => { steady(crew).change = restart(crew); },
  add: (crew) => steady(crew, crew.slots.size < MOST, `there are ${MOST} workers at most`).start(freeSlot(crew)),
  remove: (crew) => removeNewest(steady(crew)),
  stop: (crew) => crew.stop(),
};

function checked(value, isRight, otherwise) {
  if (!isRight) throw new Error(otherwise);
  return value;
}

function own(crew, pid) {
  const found = [...crew.alive].find((member) => member.pid === pid);
  return checked(found, found, `${JSON.stringify(pid)} is not one of this cluster's workers`);
}

function steady(crew, isRight = true, otherwise = '') {
  checked(crew, crew.isReady && !crew.isStopping && !crew.change, 'the cluster is starting, restarting or stopping: wait for it');
  return checked(crew, isRight, otherwise);
}

// One that was given up is tried again, or a new one.
function freeSlot({ slots }) {
  return Array.from({ length: MOST }, (_, slot) => slot).find((slot) => !slots.has(slot));
}

function removeNewest(crew) {
  const members = [...crew.slots.values()];
  const newest = members.pop();
  checked(newest, members.some(crew.serves), 'the last worker stays, "stop" ends it');
  crew.slots.delete(newest.slot);
  if (crew.alive.has(newest)) newest.readyAt ? newest.drain(crew.note) : newest.kill();
}

export function obey(crew) {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    try {
      const command = JSON.parse(line);
      const order = Object.hasOwn(COMMANDS, command?.do) && COMMANDS[command.do];
      checked(order, order, `there is no command ${JSON.stringify(command?.do)}`)(crew, command);
    } catch (error) {
      crew.print({ kind: 'refused', why: error.message });
    }
  });
  // With its owner gone the primary ends at once, and the workers with it.
  lines.on('close', () => process.env.UNSTUCK_OWNED === '1' && process.kill(process.pid, 'SIGKILL'));
}
