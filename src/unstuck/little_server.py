"""The smallest server there is: it accepts, and says which process it is.

It is what each worker of the smallest cluster runs; see the notebook on clusters.
"""

import json
import os
import socket


def answer(listener: socket.socket) -> None:
    """Answer one request after the other, for ever, from a socket that others may share."""
    body = json.dumps({"pid": os.getpid()})
    text = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(text.encode())
