// A connection on its way to a worker that is killed: neither side has it, and Node's primary keeps
// it open for ever. It is closed here, so that its client can try again instead of waiting.

// Returns what to call when the worker has ended. One connection at most is on its way: the next is
// sent once the worker has answered for this one. It has taken it, and the primary has closed its side
// already; or it has not, because it drains, and the primary hands the same one to another worker.
export function watchHandedOver(worker) {
  const send = worker.process.send.bind(worker.process);
  let given;
  worker.process.send = (message, handle, ...rest) => {
    if (message.act === 'newconn') given = { seq: message.seq, handle }; // not the listening socket that "shared" sends
    return send(message, handle, ...rest);
  };
  worker.process.on('internalMessage', ({ ack }) => { if (ack === given?.seq) given = undefined; });
  return () => given?.handle.close();
}
