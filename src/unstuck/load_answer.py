"""Gather the answer of a web server: it is whole, or it is a BadAnswer with a reason.

Nothing here reads a socket. `Incoming` owns a small buffer that the bytes are received into;
a buffer that is used again and again is what makes a busy client of asyncio fast.
"""

import json

from unstuck.load_chunks import BadAnswer, joined
from unstuck.load_head import Head, read_head

SMALLEST_BUFFER = 4096  # bytes
LONGEST_ANSWER = 2**20  # bytes, head and body: a light request has a light answer
_END = b"\r\n\r\n"


def read_pid(body: bytes) -> int | None:
    """The process that answered, where the body is a JSON object that names its "pid"."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    pid = found.get("pid") if isinstance(found, dict) else None
    return pid if type(pid) is int else None


class Incoming:
    """The bytes of one answer, as they come: receive into `room()`, then tell `add` how many."""

    def __init__(self, read=read_head):
        self.read = read
        self.used = 0
        self.body = b""  # of the answer that was whole last
        self._take(bytearray(SMALLEST_BUFFER))

    def _take(self, data: bytearray) -> None:
        self.data, self.view = data, memoryview(data)

    def room(self) -> memoryview:
        """The free end of the buffer, never empty."""
        if self.used == len(self.data):
            self._take(self.data + bytes(len(self.data)))
        return self.view[self.used :]

    def add(self, size: int) -> Head | None:
        """Note `size` more bytes; return the head where the answer is whole, and forget it."""
        self.used += size
        end = self.data.find(_END, 0, self.used)
        if end < 0:
            return self._wait_for(self.used)
        head = self.read(bytes(self.view[:end]))
        if head.interim:
            return self._skip(end + len(_END))
        if not self._is_whole(end + len(_END), head.length):
            return None
        self.used = 0
        return head

    def _skip(self, size: int) -> Head | None:
        rest = bytes(self.view[size : self.used])
        self.used = len(rest)
        self.view[: self.used] = rest
        return self.add(0)

    def _is_whole(self, start: int, length: int | None) -> bool:
        if length is None:
            return self._joined(start)
        end = start + length
        if self.used < end:
            self._wait_for(end)
            return False
        if self.used > end:
            raise BadAnswer(f"it is longer than its content-length, {length} bytes")
        self.body = bytes(self.view[start:end])
        return True

    def _joined(self, start: int) -> bool:
        body = joined(bytes(self.view[start : self.used]))
        if body is None:
            self._wait_for(self.used)
            return False
        self.body = body
        return True

    def _wait_for(self, size: int) -> None:
        if size >= LONGEST_ANSWER:
            raise BadAnswer(f"it is longer than {LONGEST_ANSWER} bytes, the most that a load reads")
