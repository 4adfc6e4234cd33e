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
    if (!member.readyAt) this.tryAgain(member, why);
    else setTimeout(() => this.fill(member.slot, true), this.pauseAfter(member));
  }

  pauseAfter({ slot, readyAt }) {
    const longer = Math.min(LONGEST_PAUSE, 2 * (this.pauses.get(slot) ?? 0) || FIRST_PAUSE);
    const pause = performance.now() - readyAt < LONG_LIFE ? longer : 0;
    this.pauses.set(slot, pause);
    return pause;
  }

  // One try at a time: it tells whether the others are worth one.
  tryAgain({ slot, isFirstTry }, why) {
    if (!isFirstTry) this.failures += 1;
    if (this.failures === TRIES) {
      this.crew.stop(`a worker ${why}`);
      return;
    }
    this.waiting.push(slot);
    if ([...this.crew.alive].some(({ readyAt }) => !readyAt)) return; // its end or success decides
    setTimeout(() => this.fill(this.waiting.shift(), false), FIRST_PAUSE * 2 ** this.failures);
  }

  // The slot may have been filled or given up in the pause.
  fill(slot, isFirstTry) {
    const { alive, slots, isStopping } = this.crew;
    if (!isStopping && slot < slots.length && !alive.has(slots[slot])) this.crew.start(slot, isFirstTry);
  }
}
