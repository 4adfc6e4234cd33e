"""What earlier results tell for a card: a break-even and a sweep, as its parts."""

from collections.abc import Sequence

from unstuck.breakeven_line import Crossing
from unstuck.breakeven_result import BreakEven
from unstuck.card_form import Spread, spread_of
from unstuck.pool_sizes import Sweep
from unstuck.trial import machine_label


def of_results(results: Sequence) -> dict[str, dict]:
    """Return what results tell: the card's parts, by name."""
    parts: dict[str, dict] = {"start": {}, "breakeven": {}, "speedup": {}}
    for each in results:
        if not isinstance(each, BreakEven | Sweep):
            raise ValueError("results are those of find_breakeven() and of sweep()")
        if each.machine != machine_label():
            raise ValueError(f"a result is of another machine: {each.machine[:60]!r}")
        if isinstance(each, Sweep):
            parts["speedup"] = speedups(each)
        else:
            parts["breakeven"] = break_evens(each)
            parts["start"] |= node_starts(each)
    return parts


def speedups(found: Sweep) -> dict[int, Spread]:
    """Return, by number of workers, the rate as a multiple of one worker's median rate."""
    alone = [row.rate for row in found.rows if row.size == 1]
    rates = {row.size: row.rates for row in found.rows if alone}
    return {size: spread_of([each / alone[0] for each in rates[size]]) for size in rates}


def break_evens(found: BreakEven) -> dict[str, Spread | None]:
    """Return, by hatch, from which task on it pays, with the range; None: never, or not clearly.

    A search that was cut short says nothing about a hatch that did not pay. What was recorded on
    another machine, such as Node.js where there is none, is left out.
    """
    rounds = {p.hatch: len(p.runs_ms) for p in found.points if not p.recorded}
    pairs = {name: each for name, each in found.crossings().items() if name in rounds}
    return {
        name: None if each.ms is None else _crossing(each, rounds[name])
        for name, each in pairs.items()
        if each.ms is not None or found.complete
    }


def _crossing(each: Crossing, rounds: int) -> Spread:
    high = each.ms if each.high is None else max(each.high, each.ms)
    numbers = (each.ms, min(each.low, each.ms), high)
    return Spread(*(float(f"{number:.4g}") for number in numbers), rounds)


def node_starts(found: BreakEven) -> dict[str, Spread]:
    """Return what a search saw of Node.js: the first call of a cold hatch, less a warm one."""
    live = {point.hatch for point in found.points if not point.recorded}
    node = [each for each in found.phases if each.runtime == "node" and each.hatch in live]
    return {each.hatch: spread_of([each.start_ms / 1e3]) for each in node if each.start_ms > 0}
