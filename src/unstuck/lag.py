"""How late does the event loop wake up?

A beat is due at every step of a fixed grid. A beat's lateness is how long something due at that
moment has waited; a block of 500 ms makes every beat that fell due in it late, not only one.
The meter reads the length of a block in two ways:

- In a `TimedLoop` (any loop that the course starts) each turn of the loop is timed, exactly.
- In a loop that already runs, such as a notebook kernel's, it has only its own beats. A beat that
  comes `late` says that the block lasted from `late` to `late + every`. The CPU time that the
  loop's thread has used since the last beat tells where in that range; where the block used no
  CPU (a `time.sleep`) or the clock is too coarse (Windows), the middle of the range is taken, and
  less than a beat is taken as it is. So a reading is off by less than one beat. Several callbacks
  within one beat count as one block, unless the loop is busy all the time and still punctual; a
  sleep that ends before the next beat is due is not seen. (See benchmarks/lag_meters.py.)
"""

import asyncio
import selectors
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

STALLED = 0.050  # seconds: a beat later than this is missed; a quiet kernel stays well below
_KEPT = 100_000  # beats: half an hour at 20 ms, and a bound on memory
_LONG_TURN = 0.001  # seconds: shorter turns of the loop are not worth noting
_BUSY = 0.8  # share of a beat's time: a loop that works so much has no single block to find


class TimedSelector(selectors.DefaultSelector):
    """The platform's selector, which also notes how long the loop stayed away from it."""

    def __init__(self) -> None:
        super().__init__()
        self.long_turns: deque[tuple[float, float]] = deque(maxlen=1000)  # (ended, seconds)
        self._left = time.perf_counter()

    def select(self, timeout=None):
        now = time.perf_counter()
        if now - self._left > _LONG_TURN:
            self.long_turns.append((now, now - self._left))
        events = super().select(timeout)
        self._left = time.perf_counter()
        return events


class TimedLoop(asyncio.SelectorEventLoop):
    """An event loop that times each of its turns: `asyncio.Runner(loop_factory=TimedLoop)`."""

    def __init__(self) -> None:
        self.turns = TimedSelector()
        super().__init__(self.turns)


@dataclass(frozen=True)
class Lag:
    """What a meter saw: the lateness of each due beat, in seconds, and how fine the reading is."""

    beats: tuple[float, ...]
    every: float
    resolution: float

    p50 = property(lambda self: percentile(self.beats, 50))
    p90 = property(lambda self: percentile(self.beats, 90))
    p99 = property(lambda self: percentile(self.beats, 99))
    max = property(lambda self: max(self.beats, default=0.0))

    @property
    def missed(self) -> int:
        """Beats that came more than 50 ms late."""
        return sum(late > STALLED for late in self.beats)

    def __repr__(self) -> str:
        return (
            f"Lag({len(self.beats)} beats, {self.missed} missed, p50 {self.p50 * 1e3:.1f} ms, "
            f"p99 {self.p99 * 1e3:.1f} ms, max {self.max * 1e3:.1f} ms)"
        )


class LagMeter:
    """Measure the running loop's lateness: `async with LagMeter() as meter: ...; meter.lag`.

    `every` is the time between beats in seconds: 0.02 by default, 0.25 in a TimedLoop, which
    needs none to be exact. `on_beat(late)` is called when the loop wakes for a beat, with the
    seconds that it was late, or blocked since the beat before.
    """

    def __init__(self, every: float | None = None, on_beat: Callable[[float], None] | None = None):
        if every is not None and not 0.001 <= every <= 10:
            raise ValueError(f"every must be from 0.001 to 10 seconds, not {every}")
        self.every = every
        self._on_beat = on_beat
        self._beats: deque[float] = deque(maxlen=_KEPT)
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> "LagMeter":
        self.start()
        return self

    async def __aexit__(self, *error) -> None:
        await asyncio.sleep(0)  # ends the turn in which the block may have been
        self.stop()

    def start(self) -> None:
        """Begin to beat in the running loop."""
        self._loop = asyncio.get_running_loop()
        timed = isinstance(self._loop, TimedLoop)
        self.every = self.every or (0.25 if timed else 0.02)
        self._turns = self._loop.turns.long_turns if timed else None
        self._thread_seconds = _thread_clock()
        self._cpu = self._thread_seconds()
        self._seen = time.perf_counter()
        self._due = self._seen + self.every
        self._schedule()

    def stop(self) -> None:
        """Take a last reading and beat no more."""
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        self._report(self._read(time.perf_counter()))

    @property
    def lag(self) -> Lag:
        """What has been seen so far."""
        resolution = 0.0001 if self._turns is not None else self.every
        return Lag(tuple(self._beats), self.every, resolution)

    def _schedule(self) -> None:
        self._timer = self._loop.call_later(self._due - time.perf_counter(), self._beat)

    def _beat(self) -> None:
        reading = self._read(time.perf_counter())
        self._schedule()  # first, so that on_beat may stop the meter, or fail
        self._report(reading)

    def _report(self, reading: float | None) -> None:
        if reading is not None and self._on_beat is not None:
            self._on_beat(reading)

    def _read(self, now: float) -> float | None:
        """Note the beats that were due by now; None where nothing was due and nothing happened."""
        late = now - self._due
        longest = self._longest_block(now, late)
        if late < 0 and longest < _LONG_TURN:
            return None
        reading = max(late, longest)
        self._beats.append(reading)
        overdue = min(int(late / self.every), _KEPT) if late > 0 else 0
        for step in range(1, overdue + 1):  # beats that fell due meanwhile
            self._beats.append(late - step * self.every)
        self._due += (overdue + 1) * self.every
        self._seen = now
        return reading

    def _longest_block(self, now: float, late: float) -> float:
        if self._turns is not None:
            return max((took for ended, took in self._turns if ended > self._seen), default=0.0)
        before, self._cpu = self._cpu, self._thread_seconds()
        cpu, passed = self._cpu - before, now - self._seen
        if late < self.every / 2 and cpu > _BUSY * passed:
            return late  # always busy and yet on time: many short turns, not one block
        if cpu > 0.95 * late:  # the block worked; the rest is what other processes took
            return min(cpu, passed)
        if late < self.every:  # a wait for the GIL or for a CPU is as long as it is late
            return late
        return late + self.every / 2  # a sleep: the middle of the range


def percentile(values, share: float) -> float:
    """Return the value below which `share` percent of `values` lie (nearest rank); 0 for none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


def _thread_clock() -> Callable[[], float]:
    """The clock of this thread's CPU seconds, or 0 for ever where it is too coarse (Windows)."""
    if not hasattr(time, "thread_time") or time.get_clock_info("thread_time").resolution > 0.001:
        return float  # float() is 0.0
    return time.thread_time
