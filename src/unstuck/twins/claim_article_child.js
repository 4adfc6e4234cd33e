// The article reads a child's output and listens to nothing else. What happens where the program is
// missing, and where it fails? Each is tried in a Node.js of its own, whose exit code tells.
//   node claim_article_child.js '{"failing": ["false"]}'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { end, endWithOwner } from './lifeline.js';

endWithOwner();
const { failing = ['false'], read } = JSON.parse(process.argv[2] ?? '{}');
if (read) await readOutput(read);
else await main();
end();

async function readOutput([name, ...args]) { // no error event, no exit code
  for await (const chunk of spawn(name, args).stdout) String(chunk);
}

async function main() {
  const [missing, failed] = [await codeOf(['no-such-program']), await codeOf(failing)];
  console.log(JSON.stringify({
    kind: 'child', missing, failed, pids: [process.pid], versions: { node: process.versions.node },
  }));
}

async function codeOf(read) {
  const here = fileURLToPath(import.meta.url);
  const [code] = await once(spawn(process.execPath, [here, JSON.stringify({ read })], { stdio: ['pipe', 'ignore', 'ignore'] }), 'close');
  return code;
}
