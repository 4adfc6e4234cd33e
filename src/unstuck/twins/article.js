// The article's own prime check, warm: it blocks the loop for about a millisecond, which nobody
// feels. Starting a worker for it costs more than doing it.
//   node article.js '{"repeats": 5}'
import { end, endWithOwner } from './lifeline.js';
import { measure } from './measure.js';
import { ARTICLE_NUMBER, isPrime } from './workloads.js';

endWithOwner();
const { repeats = 5 } = JSON.parse(process.argv[2] ?? '{}');
for (let call = 0; call < 20; call += 1) isPrime(ARTICLE_NUMBER); // V8 compiles it meanwhile

await measure({
  hatch: 'article',
  work: `isPrime(${ARTICLE_NUMBER})`,
  run: async () => isPrime(ARTICLE_NUMBER),
  empty: async () => {},
  repeats,
});
end();
