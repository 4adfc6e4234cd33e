// When does a cluster serve? Once all of its workers do: all that start, that is, and at least one.

export function announceOnce(crew) {
  const look = () => {
    const members = [...crew.slots.values()];
    if (members.length === 0 || !members.every(crew.serves)) return;
    const missing = [...crew.givenUp].map(([slot, why]) => `the worker of slot ${slot} ${why}`);
    const note = [crew.portNote, ...missing].filter(Boolean).join('; ') || undefined; // undefined is left out
    const [url, workers] = [`http://127.0.0.1:${crew.port}`, members.map(({ pid }) => pid)];
    crew.print({ kind: 'ready', url, primary: process.pid, workers, runtime: 'node', spread: crew.spread, note });
    crew.isReady = true;
    crew.off('change', look);
  };
  crew.on('change', look);
}
