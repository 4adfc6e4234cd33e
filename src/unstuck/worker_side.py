"""What runs in a worker process: it does each call that comes, until nobody wants it any more.

It leaves the notebook's process group, so that an interrupt is not meant for it, sends what the
call prints to the owner, and ends by itself when its owner is gone, however that ended.
"""

import contextlib
import io
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection, wait

from unstuck.groups import end_own_group
from unstuck.parcel import perform

READY = b"r"  # the worker's first message; every reply is a pickle, and a pickle begins with 0x80
SAID = b"s"  # and a line that was printed
_LOOK = 0.5  # seconds between two looks whether the owner still lives


def serve(pipe: Connection) -> None:
    """Do calls from the pipe; an empty one, or its end, means that the owner wants no more."""
    if hasattr(os, "setsid"):
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # also forgets one that came during the start
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    end_with_parent()
    said = sys.stdout = sys.stderr = _Said(pipe)
    pipe.send_bytes(READY)
    with contextlib.suppress(EOFError, OSError):
        while packed := pipe.recv_bytes():
            reply = perform(packed)
            said.flush()
            said.send(reply)


def end_with_parent() -> None:
    """End this process, and its group, as soon as the process that asked for it has ended."""
    threading.Thread(target=_wait_for_parent, name="owner watch", daemon=True).start()


def _wait_for_parent() -> None:
    owner, parent = multiprocessing.parent_process(), os.getppid()
    # With "fork" a sister may hold the sentinel's pipe open: the parent's id tells as well.
    while not wait([owner.sentinel], _LOOK) and os.getppid() == parent:
        pass
    end_own_group()


class _Said(io.TextIOBase):
    """What the worker prints, sent to its owner line by line."""

    def __init__(self, pipe: Connection):
        self._pipe, self._rest, self._lock = pipe, "", threading.RLock()

    def write(self, text: str) -> int:
        with self._lock:
            *lines, self._rest = (self._rest + text).split("\n")
            for line in lines:
                self.send(SAID + line.encode(errors="replace"))
        return len(text)

    def send(self, message: bytes) -> None:
        """Send one whole message: a thread of the call may print while its answer is on its way."""
        with self._lock:
            self._pipe.send_bytes(message)

    def flush(self) -> None:
        with self._lock:
            if self._rest:
                self.write("\n")
