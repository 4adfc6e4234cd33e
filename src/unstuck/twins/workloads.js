// Slow work with known answers: what the course gives to every hatch, as workloads.py does.
import { pbkdf2Sync } from 'node:crypto';
import { performance } from 'node:perf_hooks';

export const ARTICLE_NUMBER = 9_999_999_967; // prime; the number that the article checks
const PROBE = 1_000_000_000_039; // prime; half a million divisions, some ten milliseconds

// Say whether n is prime, by trial division. NaN, 2.5 and '7' are not numbers to test.
export function isPrime(n) {
  if (!Number.isSafeInteger(n)) throw new TypeError(`n must be a whole number, not ${n}`);
  if (n < 4) return n > 1;
  if (n % 2 === 0) return false;
  const last = Math.floor(Math.sqrt(n));
  for (let divisor = 3; divisor <= last; divisor += 2) if (n % divisor === 0) return false;
  return true;
}

export function isPrimeAgain(n, rounds) {
  let answer = false;
  for (let round = 0; round < rounds; round += 1) answer = isPrime(n);
  return answer;
}

// The same hash as Python's digest(rounds).
export function digest(rounds) {
  return pbkdf2Sync('unstuck', 'salt', rounds, 32, 'sha256').toString('hex');
}

// A tenth of the seconds, at least 0.05, where UNSTUCK_SMALL=1 is set.
export function small(seconds) {
  if (!(seconds > 0 && seconds <= 60)) {
    throw new RangeError(`seconds must be above 0 and at most 60, not ${seconds}`);
  }
  if (process.env.UNSTUCK_SMALL !== '1') return seconds;
  return Math.min(seconds, Math.max(0.05, seconds / 10));
}

// [n, rounds] for isPrimeAgain that take about so many seconds here; the answer is true.
export function sizedPrime(seconds) {
  return [PROBE, timesIn(seconds, () => isPrime(PROBE))];
}

// Rounds for digest that take about so many seconds here.
export function sizedDigest(seconds) {
  return 10_000 * timesIn(seconds, () => digest(10_000));
}

// How often the call fits into the seconds; what disturbs a run only ever makes it longer.
function timesIn(seconds, call) {
  const taken = [1, 2, 3, 4, 5].map(() => {
    const start = performance.now();
    call();
    return performance.now() - start;
  });
  return Math.max(1, Math.round((small(seconds) * 1000) / Math.min(...taken)));
}
