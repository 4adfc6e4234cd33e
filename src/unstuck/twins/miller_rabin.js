// Is n prime? Some powers tell, and no divisor has to be tried: the same test as is_prime_fast.
const BASES = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n]; // enough below 3.3e24

export function isPrimeFast(number) {
  if (!Number.isSafeInteger(number)) throw new TypeError(`n must be a whole number, not ${number}`);
  const n = BigInt(number);
  if (n < 38n || BASES.some((base) => n % base === 0n)) return BASES.includes(n);
  let [odd, twos] = [n - 1n, 0];
  for (; odd % 2n === 0n; odd /= 2n) twos += 1;
  return BASES.every((base) => passes(power(base, odd, n), twos, n));
}

function passes(value, twos, n) {
  if (value === 1n) return true;
  for (let step = 0; step < twos; step += 1) {
    if (value === n - 1n) return true;
    value = (value * value) % n;
  }
  return false;
}

function power(base, exponent, n) {
  let result = 1n;
  for (; exponent > 0n; exponent /= 2n) {
    if (exponent % 2n === 1n) result = (result * base) % n;
    base = (base * base) % n;
  }
  return result;
}
