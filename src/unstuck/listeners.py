"""Listening sockets on 127.0.0.1: one for a server, or one for each worker on the same port."""

import os
import socket

BACKLOG = 1024  # connections that may wait to be accepted


def listen(port: int, shared: bool = False) -> socket.socket:
    """Return a listening socket on 127.0.0.1; `port` 0 takes a free one.

    With `shared`, other sockets of this user may listen on the same port (SO_REUSEPORT), and the
    system spreads new connections over them. Raises ValueError for a port that is no port, OSError
    for one that cannot be had.
    """
    if not 0 <= port <= 65_535:
        raise ValueError(f"a port is a whole number from 0 to 65535, not {port}")
    # A named protocol: only then does asyncio set TCP_NODELAY on the connections.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # on Windows the option would let two servers share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def listen_somewhere(port: int, shared: bool = False) -> tuple[socket.socket, str]:
    """Return a listener and a note: empty, or why a free port was taken in place of `port`."""
    try:
        return listen(port, shared), ""
    except OSError as error:
        if port == 0:
            raise
        why = f"port {port} cannot be had ({error.strerror}), so a free one was taken"
        return listen(0, shared), why


def address(listener: socket.socket) -> str:
    """Return the http address of a listener."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"
