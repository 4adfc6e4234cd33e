"""A process that calls an answer to exercise 7.2, seen from the kernel; it never waits for it."""

import contextlib

from unstuck.endings import ending
from unstuck.exercises.watched_numbers import add_when_told

DIED = "died"
_GRACE = 5.0  # seconds in which the system has to clear a killed process away


class Adder:
    """One process of a round; `heard` tells what it said, `end` ends it, whatever it does."""

    def __init__(self, context, args: tuple):
        self._pipe, self._theirs = context.Pipe()
        args = (self._theirs, *args)
        self._process = context.Process(target=add_when_told, args=args, daemon=True)

    def start(self) -> None:
        """Start the process; OSError where the system gives none."""
        self._process.start()
        self._theirs.close()  # else its end would not be seen as the end of the pipe

    def begin(self) -> None:
        """Let it call the answer; nothing happens where it has ended."""
        with contextlib.suppress(OSError):
            self._pipe.send("begin")

    def heard(self) -> tuple | None:
        """The next (word, value) it said; (DIED, (exit code, words)) at its end; None so far."""
        alive = self._process.is_alive()  # asked first: its last words lie in the pipe by then
        with contextlib.suppress(EOFError, OSError):
            if self._pipe.poll():
                return self._pipe.recv()
        code = self._process.exitcode
        return None if alive else (DIED, (code, ending(code)))

    def end(self) -> None:
        """End the process and the pipe."""
        if self._process.pid is not None:
            self._process.kill()
            self._process.join(_GRACE)
        self._pipe.close()
        self._theirs.close()
