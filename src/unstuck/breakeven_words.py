"""A break-even in words: from which task on each hatch pays, or what it buys instead.

One sentence or a few; they stay true on one usable CPU, where no hatch does more than the loop.
"""

from collections.abc import Mapping, Sequence

from unstuck.breakeven_points import Point, hatch_names


def told(points: Sequence[Point], break_evens: Mapping, computed: set[str], cpus: int) -> str:
    """Return the finding in words. `break_evens` is milliseconds by hatch, or None for never."""
    if not break_evens:
        return "Cannot tell here: nothing has been measured yet."
    parts = [_paying(break_evens, computed), _never(points, break_evens, cpus), article(points)]
    return " ".join(part for part in parts if part)


def _paying(break_evens: Mapping, computed: set[str]) -> str:
    paying = {name: ms for name, ms in break_evens.items() if ms is not None}
    if not paying:
        return ""
    words = [
        f"{name} from {milliseconds(ms)}{' (computed)' if name in computed else ''}"
        for name, ms in sorted(paying.items(), key=lambda item: item[1])
    ]
    return f"Tasks pay through {_joined(words)} each, where several are to be done at once."


def _never(points: Sequence[Point], break_evens: Mapping, cpus: int) -> str:
    never = [name for name, ms in break_evens.items() if ms is None]
    if not never:
        return ""
    costs = {name: cost_ms(points, name) for name in never}
    words = [f"{name} {milliseconds(ms)}" for name, ms in costs.items() if ms is not None]
    where = "On one usable CPU no hatch is" if cpus == 1 else f"{_joined(never)} {_is(never)} not"
    each = f", and each task costs {_joined(words)} more" if words else ""
    buys = "What it buys" if cpus == 1 or _is(never) == "is" else "What they buy"
    text = f"{where} sooner than the loop here. {buys} is a free loop{each}."
    return text[0].upper() + text[1:]


def _is(names: Sequence[str]) -> str:
    plural = len(names) > 1 or names[0] in ("threads", "interpreters")
    return "are" if plural else "is"


def cost_ms(points: Sequence[Point], hatch: str) -> float | None:
    """Return what a hatch adds to its smallest task, without payload, in milliseconds; or None."""
    inline = {
        (p.runtime, p.task_ms): p.median_ms for p in points if p.inline and not p.payload_bytes
    }
    mine = [p for p in points if p.hatch == hatch and not p.payload_bytes]
    mine = [p for p in mine if (p.runtime, p.task_ms) in inline]
    if not mine:
        return None
    least = min(mine, key=lambda point: point.task_ms)
    return max(0.0, least.median_ms - inline[least.runtime, least.task_ms])


def article(points: Sequence[Point]) -> str:
    """Say what a worker for the article's prime check costs in Node.js; "" where not measured."""
    mine = [p for p in points if p.hatch == "node worker" and not p.payload_bytes]
    inline = {p.task_ms: p for p in points if p.hatch == "node inline" and not p.payload_bytes}
    if not mine or (least := min(mine, key=lambda p: p.task_ms)).task_ms not in inline:
        return ""
    check = inline[least.task_ms].median_ms
    return (
        f"The article's prime check takes {milliseconds(check)} in Node.js; with a worker started "
        f"for it, {milliseconds(least.median_ms)}: {least.median_ms / check:.1f} times as long."
    )


def milliseconds(ms: float) -> str:
    """Return a time with two digits that count: "0.26 ms", "140 ms", "1.5 s"."""
    rounded = float(f"{ms:.2g}")
    return f"{rounded / 1e3:g} s" if rounded >= 1000 else f"{rounded:g} ms"


def _joined(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def shown(points: Sequence[Point], break_evens: Mapping, computed: set[str]) -> list[str]:
    """Return the lines of a short table: hatch, what a call costs, and from where it pays."""
    lines = [f"{'hatch':14} {'costs a task':>12}  pays from"]
    for name in hatch_names(points):
        cost, ms = cost_ms(points, name), break_evens.get(name)
        pays = "never, or not clearly" if ms is None else milliseconds(ms)
        more = " (computed)" if name in computed else ""
        told_cost = "?" if cost is None else milliseconds(cost)
        lines.append(f"{name:14} {told_cost:>12}  {pays}{more}")
    return lines
