// Payloads of about so many bytes, in four shapes: the same ones as payloads.py makes.
export function payload(shape, size) {
  const count = Math.max(1, Math.floor(size / 8));
  if (shape === 'bytes') return new Uint8Array(size).map((_, place) => place % 256);
  if (shape === 'array') return new Float64Array(count).map((_, place) => place);
  const numbers = (length, first = 0) => Array.from({ length }, (_, place) => first + place);
  if (shape === 'list') return numbers(count);
  if (shape === 'dict') {
    const rows = numbers(Math.max(1, Math.floor(count / 8)));
    return Object.fromEntries(rows.map((id) => [id, { id, values: numbers(6, id) }]));
  }
  throw new RangeError(`a shape is bytes, array, list or dict, not ${shape}`);
}
