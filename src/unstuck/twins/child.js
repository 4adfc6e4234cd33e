// A child process: another program with its own memory, heard as a stream while it works. Three
// things may happen, and all are listened to: it cannot start (error), it ends (code or signal),
// and its last output arrives (close, which comes after exit).
//   node child.js '{"program": ["git", "rev-parse", "HEAD"]}'    or, for a trial,
//   node child.js '{"seconds": 0.5, "repeats": 3}'
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { end, endWithOwner } from './lifeline.js';
import { measure } from './measure.js';
import { isPrimeAgain, sizedPrime } from './workloads.js';

endWithOwner();
const { program, check, seconds = 0.5, repeats = 3 } = JSON.parse(process.argv[2] ?? '{}');
if (check) console.log(JSON.stringify(isPrimeAgain(...check))); // in the child
else await (program ? tell(program) : trial());
end();

async function tell([name, ...args]) {
  const ended = await run(name, args, (text) => console.log(JSON.stringify({ text })));
  const versions = { node: process.versions.node };
  console.log(JSON.stringify({ kind: 'child', program: name, ...ended, versions }));
}

async function trial() {
  const work = sizedPrime(seconds);
  const here = fileURLToPath(import.meta.url);
  const ask = (check) => answerOf(process.execPath, [here, JSON.stringify({ check })]);
  await measure({
    hatch: 'child',
    work: `isPrimeAgain(${work.join(', ')})`,
    run: () => ask(work),
    empty: () => ask([2, 1]),
    repeats,
  });
}

async function answerOf(name, args) {
  let answer = '';
  const { code, signal, error } = await run(name, args, (text) => { answer += text; }, 'pipe');
  if (code !== 0) throw new Error(`the child failed: ${error ?? signal ?? code}`);
  return JSON.parse(answer);
}

// Runs a program without a shell: its words stay words, whatever is in them.
async function run(name, args, onText, stdin = 'ignore') {
  let child; // its start may throw, or tell of an error later
  try { child = spawn(name, args, { stdio: [stdin, 'pipe', 'pipe'] }); }
  catch ({ code }) { return { code: null, signal: null, error: code }; } // no name, a NUL in it
  const closed = new Promise((resolve) => {
    child.on('error', ({ code }) => resolve({ code: null, signal: null, error: code }));
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  let [outBytes, errBytes, decoder] = [0, 0, new TextDecoder()];
  child.stderr.on('data', (chunk) => { errBytes += chunk.length; }); // both pipes, at once
  for await (const chunk of child.stdout) {
    outBytes += chunk.length;
    onText(decoder.decode(chunk, { stream: true }));
  }
  return { ...await closed, outBytes, errBytes };
}
