"""What the judges of notebook 04 hand in: a box that shows races, numbers that set the flag.

Both can be abandoned: then they raise in the learner's thread, and so end it, whatever it does.
"""

import threading
import time
from collections.abc import Callable

from unstuck.told import told

_DEADLINE = 4.0  # seconds for the threads of one round
_GAP = 0.002  # seconds that a reader waits for another thread to come in


class Abandoned(BaseException):
    """The round is over: raised in a thread that works on; `except Exception` does not stop it."""


class Judged:
    """What a round is played with; `answers` has what the learner's function returned."""

    def __init__(self) -> None:
        self.answers: list = []
        self._over = threading.Event()

    def abandon(self) -> None:
        """End the round: whoever still uses this gets Abandoned."""
        self._over.set()

    def look_alive(self) -> None:
        """Raise Abandoned where the round is over."""
        if self._over.is_set():
            raise Abandoned


class ShownBox(Judged):
    """A box whose readers let other threads run before they can write; `lock` is for its users."""

    def __init__(self, value: int):
        super().__init__()
        self.lock = threading.Lock()
        self.total = value
        self._reads = 0

    @property
    def value(self) -> int:
        """The number; reading it takes until another thread has read it too, or a moment."""
        self.look_alive()
        value, self._reads = self.total, self._reads + 1
        mine, end = self._reads, time.monotonic() + _GAP
        while self._reads == mine and time.monotonic() < end:
            time.sleep(_GAP / 10)
        return value

    @value.setter
    def value(self, value: int) -> None:
        self.look_alive()
        self.total = value

    def abandon(self) -> None:
        """Also open the lock, so that whoever waits for it can end."""
        super().abandon()
        if self.lock.locked():
            self.lock.release()


class PacedNumbers(Judged):
    """The whole numbers from 2, endless unless `limit` is given; sets `stop` at the `stop_at`th."""

    def __init__(self, stop: threading.Event, stop_at: int | None, limit: int | None):
        super().__init__()
        self.taken: list[int] = []
        self._stop, self._stop_at, self._limit = stop, stop_at, limit

    def __iter__(self) -> "PacedNumbers":
        return self

    def __next__(self) -> int:
        self.look_alive()
        if self._limit is not None and len(self.taken) >= self._limit:
            raise StopIteration
        time.sleep(0.001)  # a step of work
        self.taken.append(len(self.taken) + 2)
        if len(self.taken) == self._stop_at:
            self._stop.set()
        if self.after_stop > 100:
            raise Abandoned
        return self.taken[-1]

    @property
    def after_stop(self) -> int:
        """How many numbers were taken after the flag was set."""
        return len(self.taken) - self._stop_at if self._stop_at is not None else 0


def run_all(judged: Judged, count: int, func: Callable, args: tuple) -> str | None:
    """Call func(*args) in `count` threads; None when all returned, else what went wrong.

    A thread that does not return within the deadline gets Abandoned at its next step.
    """
    problems: list[str] = []

    def call() -> None:
        try:
            judged.answers.append(func(*args))
        except BaseException as error:  # a thread that ends by SystemExit says nothing else
            problems.append(f"Your function raised {told(error)}")

    threads = [threading.Thread(target=call, name="exercise", daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    late = _join(threads, _DEADLINE)
    if late:
        judged.abandon()
        _join(threads, 1.0)
        return f"{late} of {count} threads had not returned after {_DEADLINE:.0f} s."
    return problems[0] if problems else None


def _join(threads: list[threading.Thread], deadline: float) -> int:
    """Wait for the threads, at most `deadline` seconds together; how many still run."""
    end = time.monotonic() + deadline
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return sum(thread.is_alive() for thread in threads)
