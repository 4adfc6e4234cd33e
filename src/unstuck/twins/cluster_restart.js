// A rolling restart: one after the other, and a new worker is ready before the old one drains.
import { once } from 'node:events';

export async function restart(crew) {
  try {
    const slots = new Set([...crew.slots.keys(), ...crew.givenUp.keys()]);
    for (const slot of [...slots].sort()) await renew(crew, slot);
    crew.report({ kind: 'restarted' });
  } catch (error) { // the old workers serve on
    if (!crew.isStopping) crew.print({ kind: 'refused', why: error.message });
  } finally {
    crew.change = undefined;
  }
}

async function renew(crew, slot) {
  const next = crew.start(slot, { isTrial: true });
  while (!next.readyAt && crew.alive.has(next)) await once(crew, 'change');
  if (!crew.serves(next)) throw new Error(`the new worker ${await next.end}`);
  const old = crew.slots.get(slot);
  crew.slots.set(slot, next);
  if (crew.alive.has(old)) await (old.readyAt ? old.drain(crew.note) : old.kill());
}
