"""A break-even in words: from which task on each hatch pays, or what it buys instead.

They stay true on one usable CPU, where no hatch does more than the loop.
"""

import statistics
from collections.abc import Mapping, Sequence

from unstuck.breakeven_line import Crossing
from unstuck.breakeven_plan import Step
from unstuck.breakeven_points import Point, hatch_names, of_hatch

_STEADY_MS = 1.0  # tasks from here on take the same time in each round, on a quiet machine
_BUSY = 1.5


def told(points: Sequence[Point], crossings: Mapping[str, Crossing], cpus: int) -> str:
    """Return the finding in one sentence, the article's prime check first."""
    if not crossings:
        return "Cannot tell here: nothing has been measured yet."
    parts = [_article(points), _paying(crossings), _never(points, crossings, cpus)]
    text = "; ".join(part for part in parts if part)
    return f"{text[0].upper()}{text[1:]}."


def _article(points: Sequence[Point]) -> str:
    """Say what a worker for the article's prime check costs in Node.js; "" where not measured."""
    mine = of_hatch(points, "node worker", 0)
    if not mine:
        return ""
    check, taken, times = mine[0].size_ms, mine[0].median_ms, _two_digits(mine[0].ratio)
    return (
        f"the article's prime check takes {milliseconds(check)} in Node.js, and "
        f"{milliseconds(taken)} with a worker started for it, {times} times as long"
    )


def _paying(crossings: Mapping[str, Crossing]) -> str:
    paying = [(each.ms, name) for name, each in crossings.items() if each.ms is not None]
    words = [
        f"{name} from {milliseconds(ms)}{' (computed)' if crossings[name].computed else ''}"
        for ms, name in sorted(paying)
    ]
    if not words:
        return ""
    return f"where several tasks are to be done at once, they pay through {_joined(words)} each"


def _never(points: Sequence[Point], crossings: Mapping[str, Crossing], cpus: int) -> str:
    costs = {name: cost_ms(points, name) for name, each in crossings.items() if each.ms is None}
    if not costs:
        return ""
    words = [f"{name} {milliseconds(ms)}" for name, ms in costs.items() if ms is not None]
    each = f", and each task costs {_joined(words)} more" if words else ""
    if cpus == 1:
        return f"on one usable CPU no hatch is sooner than the loop: it buys a free loop{each}"
    many = len(costs) > 1 or next(iter(costs)) in ("threads", "interpreters")
    are, buy = ("are", "they buy") if many else ("is", "it buys")
    return f"{_joined([*costs])} {are} not sooner than the loop here: {buy} a free loop{each}"


def cost_ms(points: Sequence[Point], hatch: str) -> float | None:
    """Return what a hatch adds to its smallest task, without payload, in milliseconds; or None."""
    mine = of_hatch(points, hatch, 0)
    return max(0.0, mine[0].median_ms - mine[0].size_ms) if mine else None


def left_out(steps: Sequence[Step]) -> list[str]:
    """Return the sentence that says what the time was too short for; none for no steps."""
    names = {"python": "Python", "node": "Node.js"}
    parts = [f"with {size_name(each.payload_bytes)} in {names[each.runtime]}" for each in steps]
    words = _joined(list(dict.fromkeys(parts))) if parts else ""
    return [f"Left out, as the time was over: tasks {words}."] if words else []


def busy(points: Sequence[Point]) -> str:
    """Return a sentence where the loop's own times say that others used the machine; else ""."""
    loops = [p.loop_ms for p in points if p.inline and p.size_ms >= _STEADY_MS]
    swing = statistics.median([max(each) / min(each) for each in loops] or [1.0])
    if swing < _BUSY:
        return ""
    return (
        "The machine was busy meanwhile, so this is unsure: in the loop, the same task took "
        f"{swing:.1f} times as long in one round as in another."
    )


def milliseconds(ms: float) -> str:
    """Return a time with two digits that count: "0.26 ms", "140 ms", "1.5 s"."""
    rounded = float(_two_digits(ms))
    return f"{rounded / 1e3:g} s" if rounded >= 1000 else f"{rounded:g} ms"


def _two_digits(number: float) -> str:
    return f"{float(f'{number:.2g}'):g}"


def size_name(size: int) -> str:
    """Return bytes in words: "64 KiB"; "no payload" for 0."""
    for unit, scale in (("MiB", 2**20), ("KiB", 2**10)):
        if size >= scale:
            return f"{size / scale:.3g} {unit}"
    return f"{size} B" if size else "no payload"


def _joined(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def between(crossing: Crossing) -> str:
    """Return where a crossing lies: "1.3 ms to 3 ms", "beyond 100 ms", or "" for none."""
    if crossing.ms is None:
        return ""
    if crossing.high is None:
        return f"beyond {milliseconds(crossing.low)}, computed"
    low = milliseconds(crossing.low) if crossing.low else "0"
    return f"{low} to {milliseconds(crossing.high)}"


def shown(points: Sequence[Point], crossings: Mapping[str, Crossing], memory: Mapping) -> list[str]:
    """Return the lines of a short table: a hatch's cost, from where it pays, and its memory."""
    head = ("hatch", "costs a task", "pays from", "which lies at", "MB a worker")
    rows = [head]
    for name in hatch_names(points):
        cost, found = cost_ms(points, name), crossings.get(name, Crossing())
        pays = "never, or not clearly" if found.ms is None else milliseconds(found.ms)
        size = f"{memory[name] / 1e6:.1f}" if name in memory else "?"
        rows.append((name, "?" if cost is None else milliseconds(cost), pays, between(found), size))
    return [f"{a:13} {b:>12}  {c:22} {d:26} {e:>11}" for a, b, c, d, e in rows]
