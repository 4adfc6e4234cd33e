// One worker as its primary sees it: it gets messages, it may be killed, and its end has a reason.
import { setTimeout as pause } from 'node:timers/promises';
import { watchHandedOver } from './cluster_handed.js';

const DRAIN = 3000; // ms for the requests in flight
const LAST_WORDS = 4000; // characters
const event = (emitter, name) => new Promise((resolve) => { emitter.once(name, (...how) => resolve(how)); }); // an error does not end the wait

export class Member {
  said = '';
  readyAt = undefined; // ms
  heard = false; // since the watch last looked
  silent = 0; // looks in a row without a sign of life
  cpu = 0; // ticks

  constructor(worker, slot, { isFirstTry, isTrial }) {
    Object.assign(this, { worker, slot, isFirstTry, isTrial, process: worker.process, pid: worker.process.pid });
    worker.on('error', (error) => { this.said ||= error.message; }); // not started, or a message came too late
    for (const pipe of this.process.stdio) pipe?.on('error', () => {}); // it breaks when the worker is killed
    this.process.stderr.setEncoding('utf8').on('data', (text) => { this.said = (this.said + text).slice(-LAST_WORDS); });
    this.closeHandedOver = watchHandedOver(worker);
    this.end = this.reason();
  }

  // Why it ended: known once it has, and once its last words were read (a child of it may hold that pipe).
  async reason() {
    const read = event(this.process.stderr, 'close');
    const [code, signal] = await Promise.race([event(this.worker, 'exit'), event(this.process, 'close')]); // never started: "close" alone
    this.closeHandedOver();
    await Promise.race([read, pause(200)]);
    if (signal) return `was ended by ${signal}`;
    if (this.isAsked && code === 0) return 'was asked to';
    const error = this.said.match(/^\S*Error\b.*$/m)?.[0] ?? this.said.trim();
    return `ended itself with exit code ${code}${error && `: ${error}`}`;
  }

  tell(message) {
    if (this.worker.isConnected()) this.worker.send(message, () => {}); // it may end in this moment
  }

  kill() {
    this.process.kill('SIGKILL');
    return this.end;
  }

  // It accepts no more, finishes what it has, and ends; a loop that is blocked does not hear of it.
  drain(note) {
    note(this, 'draining');
    this.isAsked = true;
    this.tell({ do: 'drain' });
    const late = setTimeout(() => this.kill(), DRAIN);
    return this.end.finally(() => clearTimeout(late));
  }
}
