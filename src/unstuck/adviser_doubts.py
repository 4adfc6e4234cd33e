"""What makes a result doubtful: another one contradicts it, or it is not the learner's own."""

from unstuck.breakeven_result import BreakEven
from unstuck.results import KINDS, read, recorded_path
from unstuck.scoreboard_result import Scoreboard

APART = 3.0  # two results of the same thing that differ by more contradict each other


def ships_with_the_course(result: object) -> bool:
    """Say whether it is one of the recorded machine's, whose name may be that of this one."""
    kind = next((name for name, cls in KINDS.items() if type(result) is cls), "")
    if not getattr(result, "recorded", False) or not recorded_path(kind).is_file():
        return False
    return result in read(recorded_path(kind))


def boards_apart(first: Scoreboard, second: Scoreboard) -> str:
    """Say where two boards differ by more than busy moments explain; "" where they agree."""
    for row in second.rows:
        before = first.row(*row.key)
        if before is None or not (before.rate and row.rate) or before.recorded or row.recorded:
            continue
        low, high = sorted((before, row), key=lambda each: each.rate)
        if high.rate > APART * low.rate and min(high.rates) > max(low.rates):
            return f"{row.name}, {row.work}: {before.rate:.0f} and {row.rate:.0f} tasks/s"
    return ""


def breakevens_apart(hatch: str, first: BreakEven, second: BreakEven) -> str:
    """Say where two break-evens of a hatch differ by more than that; "" where they agree."""
    ends = [found.breakeven_ms.get(hatch, 0) for found in (first, second)]
    if 0 in ends or ends == [None, None]:
        return ""
    if None in ends:
        ms = next(end for end in ends if end is not None)
        return f"{hatch} pays from {ms:.3g} ms, and never"
    low, high = sorted(ends)
    return f"{hatch} pays from {low:.3g} ms, and from {high:.3g} ms" if high > APART * low else ""
