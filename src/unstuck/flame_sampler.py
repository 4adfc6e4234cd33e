"""A sampler: a thread that looks at another one many times a second, and notes its stack.

    with Sampler() as sampler:
        work()
    sampler.flame()

The watched code is not changed and hardly slowed. Each look also reads the thread's CPU clock,
where the system has one for each thread: what passed on the wall and not on that clock was waited.
"""

import sys
import threading
import time
from collections import defaultdict
from types import FrameType

from unstuck.flame import Flame
from unstuck.flame_calls import Place, grow
from unstuck.flame_clock import cpu_clock, no_clock
from unstuck.flame_names import place_of

EVERY = 0.005  # seconds: shorter ones have no use, the GIL is handed over only so often
_PARTS = ("<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>")
_DEEPEST = 500  # calls that are noted of a stack, the innermost ones


class Sampler:
    """Looks at the thread `ident` (this one, if none is given) every `every` seconds.

    `below` is a frame: what stands outside of it is left out.
    """

    def __init__(self, ident: int | None = None, every: float = EVERY, below=None):
        if not 0.001 <= every <= 1:
            raise ValueError(f"a sampler looks every 0.001 to 1 seconds, not every {every}")
        self.ident = threading.get_ident() if ident is None else ident
        self.every, self._below = every, below
        self.looks = 0
        self._seen: dict[tuple, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._names: dict[object, Place] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="flame sampler", daemon=True)

    def __enter__(self) -> "Sampler":
        if self.ident not in sys._current_frames():
            raise ValueError(f"there is no thread {self.ident} to look at")
        self._clock = cpu_clock(self.ident)
        mine = self.ident == threading.get_ident()
        self._cpu = time.thread_time if mine else self._clock
        self._begun = (time.perf_counter(), self._cpu())
        self._last = (self._begun[0], self._clock())
        self._thread.start()
        return self

    def __exit__(self, *error) -> None:
        self._stop.set()
        self._thread.join()
        self._end = (time.perf_counter(), self._cpu())
        self._below = None

    def _watch(self) -> None:
        while not self._stop.wait(self.every):
            frame = sys._current_frames().get(self.ident)
            if frame is None or self._stop.is_set():  # it has ended, or waits for this thread
                return
            self._look(frame)

    def _look(self, frame: FrameType) -> None:
        """Add the time since the last look to the stack that is seen now."""
        now, stack = (time.perf_counter(), self._clock()), self._stack(frame)
        passed, computed = (new - old for new, old in zip(now, self._last, strict=True))
        self._last = now
        if stack is None:
            return
        seen = self._seen[stack]
        seen[0] += passed
        seen[1] += max(0.0, passed - computed) if self.tells_waiting else 0.0
        self.looks += 1

    def _stack(self, frame: FrameType | None) -> tuple[Place, ...] | None:
        """The calls that are under way, outermost first; None where they are a sampler's own.

        On a busy machine a thread may look before the one that started it has gone on.
        """
        places = []
        while frame is not None and frame is not self._below and len(places) < _DEEPEST:
            if frame.f_code in _OWN:
                return None
            if not _is_part(frame):
                places.append(self._place(frame))
            frame = frame.f_back
        return tuple(reversed(places))

    def _place(self, frame: FrameType) -> Place:
        code = frame.f_code
        if code not in self._names:
            self._names[code] = place_of(code.co_qualname, code.co_filename, code.co_firstlineno)
        return self._names[code]

    @property
    def tells_waiting(self) -> bool:
        """Whether this system has a clock for another thread's CPU time."""
        return self._clock is not no_clock

    @property
    def computed(self) -> float | None:
        """CPU seconds of the thread, None where this system does not tell those of another."""
        return None if self._cpu is no_clock else self._end[1] - self._begun[1]

    def parcel(self) -> dict:
        """What was seen as plain JSON values, for `unpacked` in another process."""
        stacks = [[places, *times] for places, times in self._seen.items()]
        return {"stacks": stacks, "looks": self.looks, "computed": self.computed}

    def flame(self, note: str = "") -> Flame:
        """What was seen, as a flame graph."""
        return unpacked(self.parcel(), note)


_OWN = (Sampler.__enter__.__code__, Sampler.__exit__.__code__)


def unpacked(parcel: dict, note: str = "") -> Flame:
    """The flame graph of a sampler's parcel."""
    stacks = (([Place(*each) for each in places], *times) for places, *times in parcel["stacks"])
    root, looks, computed = grow(stacks), parcel["looks"], parcel["computed"]
    return Flame(root, "python", "seconds", looks, computed, note)


def _is_part(frame: FrameType) -> bool:
    """Say whether a frame is a generator expression that its own function draws from.

    Python versions differ in where a look meets the two; both are one function to who reads it.
    """
    code, above = frame.f_code, frame.f_back
    if code.co_name not in _PARTS or above is None:
        return False
    return code.co_qualname == f"{above.f_code.co_qualname}.<locals>.{code.co_name}"
