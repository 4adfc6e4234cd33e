"""The break-even on one chart: a task's time through each hatch, as a multiple of the loop's own.

Where a hatch's line goes below the thick one at 1, it pays: a large ring stands there, and a bar
tells between which measured tasks it lies. What is dotted is computed; what is faint is another
run. The grey band is how far the loop's own rounds lie apart.
"""

from unstuck.breakeven_line import LONGEST_MS, Crossing, line
from unstuck.breakeven_points import INLINE, Point, of_hatch
from unstuck.breakeven_result import BreakEven
from unstuck.breakeven_words import between, milliseconds
from unstuck.figures import Figure
from unstuck.plots import Picture, png_of
from unstuck.values import check_kind

_LOOKS = {  # Okabe and Ito's colours, dark enough on white; Node.js is dashed and hollow
    "threads": ("#595959", "s"),
    "interpreters": ("#9C6500", "^"),
    "pool": ("#0072B2", "o"),
    "child": ("#B34700", "D"),
    "node pool": ("#007A5A", "v"),
    "node worker": ("#8A4A73", "P"),
}
_FAINT = 0.35
_COLUMNS = ("hatch", "payload (bytes)", "task (ms)", "per task (ms)", "least (ms)", "most (ms)")


def breakeven_chart(found: BreakEven, beside: BreakEven | None = None) -> Picture:
    """Draw tasks without payload by their size; `beside` it, faint, another run.

    ValueError where there is no point.
    """
    check_kind(found, "what find_breakeven() returns", "points")
    if not found.points:
        raise ValueError("there is nothing to draw yet: run the finder first")
    figure = Figure(figsize=(9.5, 5.2), layout="constrained")
    axes = figure.subplots()
    _draw_loop(axes, found)
    for number, (name, crossing) in enumerate(found.crossings().items()):
        mine = of_hatch(found.points, name, 0)
        _draw(axes, mine, _label(mine, crossing))
        _draw_ring(axes, name, crossing, 16 - 1.5 * number)
    for name in beside.crossings() if beside else ():
        _draw(axes, of_hatch(beside.points, name, 0), None)
    _finish(figure, axes, "faint: the other run" if beside else None)
    words = [found.sentence, *found.notes]
    words += [f"Faint: {beside.origin}. {beside.sentence}"] if beside else []
    rows = _rows(found) + (_rows(beside) if beside else ())
    return Picture(png_of(figure), " ".join(words), _COLUMNS, rows)


def _draw_loop(axes, found: BreakEven) -> None:
    loops = [p for p in found.points if p.hatch in INLINE.values() and not p.payload_bytes]
    loops.sort(key=lambda point: point.size_ms)
    sizes = [point.size_ms for point in loops]
    low = [min(point.runs_ms) / point.size_ms for point in loops]
    high = [max(point.runs_ms) / point.size_ms for point in loops]
    axes.fill_between(sizes, low, high, color="black", alpha=0.12, linewidth=0)
    axes.axhline(1, color="black", linewidth=2.5, label="inline, node inline: the loop")


def _draw(axes, mine: list[Point], label: str | None) -> None:
    """Draw one hatch: the medians, the spread of its rounds, and what follows; faint, no label."""
    colour, marker = _LOOKS[mine[0].hatch]
    node, sizes = mine[0].runtime == "node", [point.size_ms for point in mine]
    look = {"color": colour, "alpha": 1 if label else _FAINT, "label": label}
    look |= {"linestyle": "--" if node else "-", "fillstyle": "none" if node else "full"}
    look |= {"marker": marker, "markersize": 5, "capsize": 2}
    low = [max(0.0, point.ratio - min(point.ratios)) for point in mine]
    high = [max(point.ratios) - point.ratio for point in mine]
    spread = (low, high) if label else None
    axes.errorbar(sizes, [point.ratio for point in mine], yerr=spread, **look)
    if label and len(mine) > 1 and sizes[-1] < LONGEST_MS:
        cost, factor = line(mine, mine)
        tasks = [sizes[-1] * (LONGEST_MS / sizes[-1]) ** (step / 12) for step in range(13)]
        rest = [mine[-1].ratio, *(cost / task + factor for task in tasks[1:])]
        axes.plot(tasks, rest, ":", color=colour, linewidth=1)


def _draw_ring(axes, name: str, crossing: Crossing, size: float) -> None:
    """Mark a break-even; rings of several sizes, for two of them may be at one place."""
    if (ms := crossing.ms) is None:
        return
    colour, marker = _LOOKS[name]
    ends = [[ms - (crossing.low or ms)], [(crossing.high or ms) - ms]]
    ring = {"markersize": size, "markerfacecolor": "none", "markeredgewidth": 2, "zorder": 5}
    axes.errorbar([ms], [1], xerr=ends, fmt=marker, color=colour, capsize=size / 2.5, **ring)


def _finish(figure, axes, faint: str | None) -> None:
    axes.set(xscale="log", yscale="log", xlabel="the task in the loop (ms)")
    axes.set_ylabel("time of a task, several at once (the loop's is 1)")
    axes.xaxis.set_major_formatter("{x:g}")
    low, high = axes.get_ylim()
    ticks = [tick for tick in (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000) if low < tick < high]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    ring = {"markersize": 13, "markerfacecolor": "none", "markeredgewidth": 2}
    axes.plot([], [], "o", color="black", label="ring and bar: a break-even\nand its range", **ring)
    if faint:
        axes.plot([], [], color="black", alpha=_FAINT, label=faint)
    figure.legend(loc="outside right upper", frameon=False, fontsize=9, labelspacing=0.9)


def _label(mine: list[Point], crossing: Crossing) -> str:
    name = f"{mine[0].hatch}{' (recorded)' if mine[0].recorded else ''}"
    if crossing.ms is None:
        return f"{name}:\nno break-even here"
    return f"{name}: pays from\n{milliseconds(crossing.ms)} ({between(crossing)})"


def _rows(found: BreakEven) -> tuple:
    """The break-evens first, then each point; the ends of a break-even's range are its spread."""
    crossings = found.crossings().items()
    rows = [(f"break-even of {name}", 0, (c.ms, c.ms, c.low, c.high)) for name, c in crossings]
    rows += [
        (p.hatch, p.payload_bytes, (p.size_ms, p.median_ms, min(p.runs_ms), max(p.runs_ms)))
        for p in found.points
    ]
    label = " (recorded)" if found.recorded else ""
    return tuple(
        (f"{name}{label}", payload, *("none" if ms is None else f"{ms:.4g}" for ms in times))
        for name, payload, times in rows
    )
