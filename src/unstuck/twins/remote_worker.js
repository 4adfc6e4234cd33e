// Workers that call a scheduler by TCP, as from another machine: each says that it is free, gets a
// task, says its answer. One ends when the scheduler hangs up or its owner has gone, and where one
// dies, `keepWorkers` starts another. It returns a function that ends them all.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { end, endWithOwner } from './lifeline.js';
import { isPrimeAgain } from './workloads.js';

const here = fileURLToPath(import.meta.url);

export function keepWorkers(port, count) {
  const crew = new Set();
  const hire = () => { // its standard input is its lifeline
    const worker = spawn(process.execPath, [here, port], { stdio: ['pipe', 'ignore', 'inherit'] });
    crew.add(worker);
    worker.on('error', (error) => { throw error; });
    worker.on('exit', () => { if (crew.delete(worker)) hire(); });
  };
  for (let i = 0; i < count; i += 1) hire();
  return () => {
    const all = [...crew];
    crew.clear();
    for (const worker of all) worker.kill('SIGKILL');
  };
}

if (process.argv[1] === here) {
  endWithOwner();
  const socket = connect(process.argv[2], '127.0.0.1', () => say());
  const say = (answer) => socket.write(`${JSON.stringify({ pid: process.pid, answer })}\n`);
  createInterface(socket).on('error', () => {}).on('line', (line) => say(isPrimeAgain(...JSON.parse(line))));
  socket.on('error', () => {}).on('close', () => end());
}
