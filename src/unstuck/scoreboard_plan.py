"""How a scoreboard spends its time: rounds and a share of the time for each hatch and work."""

import time
from dataclasses import dataclass, replace

from unstuck.breakeven_points import NEVER_WARM
from unstuck.scoreboard_work import Size

AWAIT = "await"  # no hatch at all: what waits by itself needs none


@dataclass(frozen=True)
class Plan:
    """What is measured: workers, the size of a task, rounds, and until which time.monotonic()."""

    workers: int
    size: Size
    rounds: int
    end: float

    @property
    def left(self) -> float:
        """Seconds until the end."""
        return self.end - time.monotonic()

    def part(self, share: float) -> "Plan":
        """Return this plan with a share, from 0 to 1, of the time that is left."""
        return replace(self, end=time.monotonic() + self.left * share)

    def rounds_of(self, hatch: str) -> int:
        """A hatch that is never warm pays a start with each task: fewer rounds are enough."""
        return max(1, self.rounds - 2) if hatch in NEVER_WARM else self.rounds


def weight(name: str) -> float:
    """How much time a hatch needs: one that is never warm pays a start with each task."""
    return 0.2 if name == AWAIT else 3.0 if name in NEVER_WARM else 1.0
