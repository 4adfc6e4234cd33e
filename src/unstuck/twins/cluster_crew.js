// The workers of a primary: each slot holds the one that is to serve there, until the cluster stops.
import { EventEmitter } from 'node:events';
import { Member } from './cluster_member.js';
import { Starts } from './cluster_starts.js';
import { end } from './lifeline.js';

export class Crew extends EventEmitter {
  slots = new Map(); // by number, 0 to 7
  givenUp = new Map(); // why nobody serves in a slot
  alive = new Set(); // all whose process lives, also those that drain or are on trial, and have no slot
  starts = new Starts(this);

  constructor({ fork, port, note, spread, events }) {
    super();
    Object.assign(this, { fork, port, portNote: note, spread, events });
  }

  print = (line) => console.log(JSON.stringify(line));
  report = (line) => this.events && this.print(line); // what only a live picture needs
  note = ({ pid, slot }, state, why = '') => this.tell({ kind: 'worker', at: Date.now() / 1000, pid, slot, state, why });
  tell = (line) => { this.report(line); this.emit('change'); };
  serves = (member) => Boolean(member.readyAt && !member.isAsked && this.alive.has(member));

  start(slot, { isFirstTry = true, isTrial = false } = {}) {
    const member = new Member(this.fork(this.crash), slot, { isFirstTry, isTrial });
    this.alive.add(member);
    if (!isTrial) this.slots.set(slot, member);
    this.note(member, 'starting');
    member.worker.on('message', (message) => this.hear(member, message));
    member.end.then((why) => this.bury(member, why));
    return member;
  }

  hear(member, { kind, ...rest }) {
    member.heard = true;
    return kind === 'ready' ? this.welcome(member) : this.report({ kind, pid: member.pid, ...rest });
  }

  welcome(member) {
    member.readyAt = performance.now();
    this.givenUp.delete(member.slot);
    this.note(member, 'ready');
    this.starts.succeeded();
  }

  bury(member, why) {
    this.alive.delete(member);
    this.note(member, 'ended', why);
    if (!this.isStopping && this.slots.get(member.slot) === member) this.starts.replace(member, why);
  }

  async stop(failure) {
    if (this.isStopping) return;
    this.isStopping = true;
    await Promise.all([...this.alive].map((member) => (member.readyAt ? member.drain(this.note) : member.kill())));
    if (failure || this.events) this.print(failure ? { kind: 'failed', why: failure } : { kind: 'stopped' });
    process.exitCode = failure ? 1 : 0;
    end();
  }
}
