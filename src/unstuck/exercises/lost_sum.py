"""Judges the numbers of exercise 7.2 after a round: is something lost, or could it have been?"""

from unstuck.exercises.exercise import Result
from unstuck.exercises.watched_numbers import Tally


def verdict(tallies: list[Tally], times: int, start: int, total: int) -> Result:
    """Judge the sum, then the writes that could lose an update, then the share of each process."""
    added = f"Two processes added 1, {times} times each, to {start}: the sum is {total}"
    if lost := start + len(tallies) * times - total:
        wrong = f"{lost} are missing" if lost > 0 else f"{-lost} are too many"
        return Result("not yet", f"{added}, so {wrong}.")
    both = set.intersection(*(tally.written for tally in tallies))
    if bare := both & set.union(*(tally.bare for tally in tallies)):
        return Result(
            "not yet",
            f"Nothing got lost this time, but it can: both processes write numbers[{min(bare)}], "
            "and not each time is it read and written under the same hold of the lock.",
        )
    shares = [tally.added for tally in tallies]
    if shares != [times] * len(tallies):
        text = " and ".join(str(share) for share in shares)
        return Result(
            "not yet",
            f"The sum is right, but by `numbers[...] = ...` the processes added {text}: it has to "
            f"be {times} each.",
        )
    return Result("right", f"{added}, and no number of both was written without the lock.")
