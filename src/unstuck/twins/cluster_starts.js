// When is a worker started again? One that served: at once. One that dies before it is ready most
// likely dies again: three more tries, each after a longer pause. To fork at each exit never ends.
const [TRIES, FIRST_PAUSE, LONGEST_PAUSE, LONG_LIFE] = [3, 100, 5000, 1000]; // tries, and ms

export class Starts {
  failures = 0; // in a row over all slots, beyond the first try of each
  waiting = []; // slots whose worker was never ready
  pauses = new Map(); // ms, by slot

  constructor(crew) {
    this.crew = crew;
  }

  succeeded() {
    this.failures = 0;
    for (const slot of this.waiting.splice(0)) this.fill(slot, false);
  }

  // A worker has ended though its slot needs one.
  replace(member, why) {
    if (member.readyAt) setTimeout(() => this.fill(member.slot, true), this.pauseAfter(member));
    else if (this.mayTryAgain(member)) this.waiting.push(member.slot);
    else this.giveUp(member, why);
    this.next();
  }

  pauseAfter({ slot, readyAt }) {
    const longer = Math.min(LONGEST_PAUSE, 2 * (this.pauses.get(slot) ?? 0) || FIRST_PAUSE);
    const pause = performance.now() - readyAt < LONG_LIFE ? longer : 0;
    this.pauses.set(slot, pause);
    return pause;
  }

  mayTryAgain({ isFirstTry }) {
    if (!isFirstTry) this.failures += 1;
    return this.failures < TRIES;
  }

  // The others serve on without it, until "add" or "restart"; the cluster ends where none serves.
  giveUp({ pid, slot }, why) {
    const { crew } = this;
    this.failures = 0; // what is tried later is tried as often
    crew.slots.delete(slot);
    if (![...crew.alive].some(crew.serves)) return void crew.stop(`a worker ${why}`);
    crew.givenUp.set(slot, why);
    crew.tell({ kind: 'given up', at: Date.now() / 1000, pid, slot, why: `no worker starts in its place: the last one ${why}` });
  }

  // One try at a time: it tells whether the others are worth one. The end or success of another start decides first.
  next() {
    if (this.waiting.length === 0 || [...this.crew.alive].some(({ readyAt, isTrial }) => !readyAt && !isTrial)) return;
    setTimeout(() => { while (this.waiting.length && !this.fill(this.waiting.shift(), false)); }, FIRST_PAUSE * 2 ** this.failures);
  }

  // The slot may have been filled or given up in the pause.
  fill(slot, isFirstTry) {
    const { alive, slots, isStopping } = this.crew;
    return !isStopping && slots.has(slot) && !alive.has(slots.get(slot)) && this.crew.start(slot, { isFirstTry });
  }
}
