"""How a program ended: its exit code or signal, its output with exact sizes, and one sentence."""

import re
import signal
from dataclasses import dataclass

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # a program may colour its errors for a terminal


class ProgramFailed(Exception):
    """A program could not be run, or did not succeed; one sentence says what and what to do."""


@dataclass(frozen=True, repr=False)
class Ended:
    """A program that has ended. An exit code other than 0 is no exception: read it, or `check()`.

    `code` is None where a signal ended it, and `signal` is that signal's name. `stopped` says why
    we stopped it, where we did. `out` and `err` are bytes, with the middle left out where there
    was more than was to be kept; `out_bytes` and `err_bytes` count all that was written. `left`
    counts the processes that it left behind, which were ended. `limits` names those in force.
    """

    argv: tuple[str, ...]
    code: int | None
    signal: str | None
    stopped: str | None
    out: bytes
    err: bytes
    out_bytes: int
    err_bytes: int
    seconds: float
    pid: int
    left: int = 0
    limits: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """It ended by itself, with exit code 0."""
        return self.code == 0 and self.stopped is None

    @property
    def text(self) -> str:
        """What it wrote to its standard output, as text."""
        return self.out.decode(errors="replace")

    @property
    def reason(self) -> str:
        """How it ended, in words."""
        how = f"exit code {self.code}" if self.signal is None else f"signal {self.signal}"
        if self.stopped is not None:
            return f"stopped: {self.stopped}"
        return f"ended by {how}" if self.signal else f"ended with {how}"

    def check(self) -> "Ended":
        """Return this where the program succeeded; raise ProgramFailed with its last words."""
        if self.ok:
            return self
        words = _COLOUR.sub("", self.err.decode(errors="replace")).strip().splitlines()
        said = f" It said: {words[-1][-300:]}" if words else " It said nothing about it."
        raise ProgramFailed(f"{self!r}{said}")

    def __repr__(self) -> str:
        also = f", and left {self.left} running, which we ended" if self.left else ""
        return (
            f"{name_of(self.argv)} {self.reason} after {self.seconds:.2f} s, having written "
            f"{self.out_bytes} bytes of output and {self.err_bytes} of errors{also}."
        )


def name_of(argv: tuple[str, ...]) -> str:
    """The program's name, without its folder."""
    return argv[0].replace("\\", "/").rpartition("/")[2] or argv[0]


def signal_name(code: int) -> str | None:
    """The name of the signal in an exit code below 0; None for other codes."""
    if code >= 0 or not hasattr(signal, "SIGKILL"):  # Windows has large codes, but no signals
        return None
    return signal.Signals(-code).name if -code in set(signal.Signals) else f"number {-code}"
