"""Read a pipe to its end: count each byte, keep a bounded part, hand on lines to a loop.

The reader never keeps more than it was told to, however much comes, and never runs ahead of the
loop: a batch of lines is handed over when the loop has taken the one before.
"""

import asyncio
import threading
from collections.abc import Callable

_CHUNK = 1 << 16  # bytes read at once
_LONGEST = 1 << 16  # bytes of a line; of a longer one the rest is counted, not kept
_BATCH = 200  # lines that the loop gets in one turn


class Kept:
    """The first and the last bytes of what came, `most` in all, and the count of all."""

    def __init__(self, most: int):
        self._half = max(1, most // 2)
        self._first, self._last = bytearray(), bytearray()
        self.count = 0

    def add(self, chunk: bytes) -> None:
        self.count += len(chunk)
        room = self._half - len(self._first)
        self._first += chunk[: max(0, room)]
        self._last += chunk[max(0, room) :]
        if len(self._last) > 2 * self._half:
            del self._last[: -self._half]

    @property
    def shown(self) -> bytes:
        """What was kept; where something is missing in the middle, a line says how much."""
        last = bytes(self._last[-self._half :])
        missing = self.count - len(self._first) - len(last)
        note = f"\n[{missing} bytes not shown]\n".encode() if missing else b""
        return bytes(self._first) + note + last


class Lines:
    """Makes lines of chunks and calls `on_line(text)` for each in the loop.

    `failed(error)` is called there with the first exception of on_line, which then gets no more.
    Once `stopping` is set, a loop that does not take its lines is not waited for.
    """

    def __init__(self, on_line: Callable, failed: Callable, stopping: threading.Event):
        self._loop = asyncio.get_running_loop()
        self._on_line, self._failed, self._stopping = on_line, failed, stopping
        self._line, self._cut = bytearray(), 0
        self._deaf = False

    def add(self, chunk: bytes) -> None:
        if self._deaf:
            return
        *whole, rest = chunk.split(b"\n")
        texts = [self._text(piece) for piece in whole]
        self._grow(rest)
        for start in range(0, len(texts), _BATCH):
            self._hand_over(texts[start : start + _BATCH])

    def end(self) -> None:
        """Hand over a last line that has no end."""
        if self._line and not self._deaf:
            self._hand_over([self._text(b"")])

    def _grow(self, piece: bytes) -> None:
        room = _LONGEST - len(self._line)
        self._line += piece[:room]
        self._cut += max(0, len(piece) - room)

    def _text(self, piece: bytes) -> str:
        self._grow(piece)
        text = self._line.decode(errors="replace").rstrip("\r")
        note = f" [{self._cut} bytes of this line not shown]" if self._cut else ""
        self._line, self._cut = bytearray(), 0
        return text + note

    def _hand_over(self, texts: list[str]) -> None:
        taken = threading.Event()
        try:
            self._loop.call_soon_threadsafe(self._deliver, texts, taken)
        except RuntimeError:  # the loop has closed: nobody listens any more
            self._deaf = True
        while not self._deaf and not taken.wait(0.2):
            self._deaf = self._stopping.is_set()

    def _deliver(self, texts: list[str], taken: threading.Event) -> None:
        try:
            for text in texts:
                if not self._deaf:
                    self._on_line(text)
        except Exception as error:
            self._deaf = True
            self._failed(error)
        finally:
            taken.set()


def drain(pipe, *takers: Callable[[bytes], None]) -> None:
    """Read an unbuffered pipe to its end and give each chunk to all takers."""
    with pipe:
        while chunk := pipe.read(_CHUNK):
            for take in takers:
                take(chunk)
