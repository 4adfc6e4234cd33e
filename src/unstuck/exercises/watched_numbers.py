"""What exercise 7.2 hands to an answer, in its process: slow numbers, and a lock that is known.

The numbers note what this process has added by them, and which of them it wrote without having
read it under the same hold of the lock. So a lost update is told even where none got lost.
"""

import operator
import pickle
from dataclasses import dataclass, field
from time import sleep  # by its own name: an answer may put another one into `time`

from unstuck import sharing
from unstuck.told import told
from unstuck.worker_side import end_with_parent

READY, RAISED, RETURNED = "ready", "raised", "returned"
_GAP = 0.003  # seconds between a read and its answer, in which another process can read as well
_FIRST = 0.05  # the same for the first read: the other process may have begun a little later


class KnownLock:
    """A lock of all processes that knows whether this one holds it: `hold` is 0 where not.

    Each time it is taken has a number of its own.
    """

    def __init__(self, lock):
        self._lock, self._taken, self.hold = lock, 0, 0

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take the lock, as `multiprocessing.Lock` does; False where it was not to be had."""
        if not self._lock.acquire(block, timeout):
            return False
        self._taken += 1
        self.hold = self._taken
        return True

    def release(self) -> None:
        """Give it back; RuntimeError where this process does not hold it."""
        if not self.hold:
            raise RuntimeError("this process gives back a lock that it does not hold")
        self.hold = 0
        self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *error) -> None:
        self.release()


@dataclass
class Tally:
    """What one process did: `added` by all writes, places `written`, and those written `bare`.

    A write is bare where the number was not read under the same hold of the lock. `kept` says
    that the process still held the lock when it returned.
    """

    added: int = 0
    written: set[int] = field(default_factory=set)
    bare: set[int] = field(default_factory=set)
    kept: bool = False


class WatchedNumbers:
    """A list of whole numbers in shared memory; reading one takes a moment."""

    def __init__(self, view: memoryview, lock: KnownLock):
        self._view, self._lock, self._read_in = view, lock, {}
        self.tally = Tally()

    def __len__(self) -> int:
        return len(self._view)

    def __getitem__(self, place: int) -> int:
        place = self._checked(place)
        value, gap = self._view[place], _GAP if self._read_in else _FIRST
        self._read_in[place] = self._lock.hold
        sleep(gap)
        return value

    def __setitem__(self, place: int, value: int) -> None:
        place, value = self._checked(place), operator.index(value)
        before, self._view[place] = self._view[place], value
        self.tally.added += value - before
        self.tally.written.add(place)
        if not self._lock.hold or self._read_in.get(place) != self._lock.hold:
            self.tally.bare.add(place)

    def _checked(self, place: int) -> int:
        """The place counted from the left; IndexError where there is none, and for a slice."""
        return range(len(self._view))[operator.index(place)]


def add_when_told(pipe, packed: bytes, place: tuple, times: int, slot: int, lock) -> None:
    """The process: say READY, wait for a word, call the answer, and say how that ended."""
    end_with_parent()
    with sharing.attach(*place) as block, block.view() as view, view.cast("q") as inside:
        known = KnownLock(lock)
        numbers = WatchedNumbers(inside, known)
        pipe.send((READY, None))
        pipe.recv()
        try:
            answer, _ = pickle.loads(packed)
            answer(numbers, known, times, slot)
        except BaseException as error:  # an exit is a failure as well
            pipe.send((RAISED, told(error)))
        else:
            numbers.tally.kept = bool(known.hold)
            pipe.send((RETURNED, numbers.tally))
