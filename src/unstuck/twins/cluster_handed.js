// A connection on its way to a worker that is killed: neither side has it, and Node's primary keeps
// it open for ever. It is closed here, so that its client can try again instead of waiting.

// Returns what to call when the worker has ended. One connection at most is on its way: the next is
// sent once the worker has confirmed this one, and then the primary has closed its side already.
export function watchHandedOver(worker) {
  const send = worker.process.send.bind(worker.process);
  let connection;
  worker.process.send = (message, handle, ...rest) => {
    if (message.act === 'newconn') connection = handle; // not the listening socket that "shared" sends
    return send(message, handle, ...rest);
  };
  return () => connection?.close();
}
