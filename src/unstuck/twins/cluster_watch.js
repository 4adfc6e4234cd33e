// Is a worker busy, or does it hang? Both are silent. A busy one uses CPU time, one that hangs none.
// Looks are counted, not seconds: while the machine sleeps nobody looks.
import { readFileSync } from 'node:fs';

const LOOKS = 5;
const PATIENCE = { known: LOOKS, unknown: 6 * LOOKS }; // looks without a beat; 5 s and 30 s

// CPU time so far, in the system's ticks; NaN where the system does not tell in this way.
export function cpuTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may hold blanks
    return Number(fields[11]) + Number(fields[12]); // in user mode and in the kernel
  } catch {
    return NaN;
  }
}

export function watch(crew, seconds = process.env.UNSTUCK_SMALL === '1' ? 1.5 : 5) {
  setInterval(() => crew.alive.forEach((member) => look(crew, member)), (seconds * 1000) / LOOKS);
}

function look(crew, member) {
  const cpu = cpuTime(member.pid);
  member.silent = member.heard || cpu > member.cpu ? 0 : member.silent + 1;
  Object.assign(member, { heard: false, cpu });
  if (member.silent < (Number.isNaN(cpu) ? PATIENCE.unknown : PATIENCE.known)) return;
  member.silent = 0;
  crew.note(member, 'hung', 'its loop is silent and uses no CPU time');
  member.kill();
}
