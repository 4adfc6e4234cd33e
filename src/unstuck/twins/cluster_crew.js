// The workers of a primary: each slot holds the one that is to serve there, until the cluster stops.
import { EventEmitter } from 'node:events';
import { Member } from './cluster_member.js';
import { Starts } from './cluster_starts.js';
import { end } from './lifeline.js';

export class Crew extends EventEmitter {
  slots = [];
  alive = new Set(); // all whose process lives, also those that drain and have no slot any more
  starts = new Starts(this);

  constructor({ fork, port, note, spread, events }) {
    super();
    Object.assign(this, { fork, port, portNote: note, spread, events });
  }

  print = (line) => console.log(JSON.stringify(line));
  report = (line) => this.events && this.print(line); // what only a live picture needs
  note = ({ pid, slot }, state, why = '') => this.report({ kind: 'worker', at: Date.now() / 1000, pid, slot, state, why });

  start(slot, isFirstTry = true) {
    const member = new Member(this.fork(this.crash), slot, isFirstTry);
    this.alive.add((this.slots[slot] = member));
    this.note(member, 'starting');
    member.worker.on('message', (message) => this.hear(member, message));
    member.end.then((why) => this.bury(member, why));
  }

  hear(member, { kind, ...rest }) {
    member.heard = true;
    if (kind === 'ready') this.welcome(member);
    else this.report({ kind, pid: member.pid, ...rest });
  }

  welcome(member) {
    member.readyAt = performance.now();
    this.note(member, 'ready');
    this.starts.succeeded();
    this.emit('ready');
    if (this.isReady || !this.slots.every(({ readyAt }) => readyAt)) return;
    const [url, workers] = [`http://127.0.0.1:${this.port}`, this.slots.map(({ pid }) => pid)];
    this.print({ kind: 'ready', url, primary: process.pid, workers, runtime: 'node', spread: this.spread, note: this.portNote });
    this.isReady = true;
  }

  bury(member, why) {
    this.alive.delete(member);
    this.note(member, 'ended', why);
    if (!this.isStopping && this.slots[member.slot] === member) this.starts.replace(member, why);
  }

  async stop(failure) {
    if (this.isStopping) return;
    this.isStopping = true;
    await Promise.all([...this.alive].map((member) => (member.readyAt ? member.drain(this.note) : member.kill())));
    process.exitCode = failure ? 1 : 0;
    if (failure || this.events) this.print(failure ? { kind: 'failed', why: failure } : { kind: 'stopped' });
    end();
  }
}
