"""The break-even on one chart: what a task takes through each hatch, beside the loop itself.

Where a hatch's line goes below the loop's, the thick one of its runtime, it pays. What is dotted is
computed.
"""

from matplotlib.figure import Figure

from unstuck.breakeven_line import LONGEST_MS, computed_ms, pairs
from unstuck.breakeven_points import Point, hatch_names
from unstuck.breakeven_result import BreakEven
from unstuck.breakeven_words import milliseconds
from unstuck.plots import Picture, png_of

_COLOURS = ("#0072B2", "#B34700", "#007A5A", "#8A4A73", "#595959", "#9C6500")  # Okabe and Ito's
_MARKERS = "osD^vP"
_COLUMNS = ("hatch", "payload (bytes)", "task (ms)", "per task (ms)", "least (ms)", "most (ms)")


def breakeven_chart(found: BreakEven) -> Picture:
    """Draw what a task without payload takes, by its size. ValueError where there is no point."""
    if not found.points:
        raise ValueError("there is nothing to draw yet: run the finder first")
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    axes = figure.subplots()
    for name, style in (("inline", "-"), ("node inline", "--")):
        _draw_loop(axes, found, name, style)
    for number, name in enumerate(hatch_names(found.points)):
        _draw_hatch(axes, found, name, number % len(_COLOURS))
    axes.set(xscale="log", yscale="log", xlabel="the task in the loop (ms)")
    axes.set_ylabel("per task, several at once (ms)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False, fontsize=9)
    return Picture(png_of(figure), found.sentence, _COLUMNS, tuple(map(_row, found.points)))


def _draw_loop(axes, found: BreakEven, name: str, style: str) -> None:
    mine = [p for p in found.points if p.hatch == name and not p.payload_bytes]
    if mine:
        sizes = sorted(p.median_ms for p in mine)
        axes.plot(sizes, sizes, style, color="black", linewidth=2.5, label=f"{name}: the loop")


def _draw_hatch(axes, found: BreakEven, name: str, number: int) -> None:
    mine = pairs(found.points, name, 0)
    if not mine:
        return
    node = mine[0].hatch.runtime == "node"
    sizes = [pair.task_ms for pair in mine]
    middle = [pair.hatch.median_ms for pair in mine]
    low = [m - min(pair.hatch.runs_ms) for m, pair in zip(middle, mine, strict=True)]
    high = [max(pair.hatch.runs_ms) - m for m, pair in zip(middle, mine, strict=True)]
    colour = _COLOURS[number]
    look = {"color": colour, "marker": _MARKERS[number], "markersize": 5, "capsize": 2}
    axes.errorbar(
        sizes,
        middle,
        yerr=(low, high),
        linestyle="--" if node else "-",
        fillstyle="none" if node else "full",
        label=_label(found, name),
        **look,
    )
    if len(mine) > 1 and sizes[-1] < LONGEST_MS:
        end = [middle[-1], computed_ms(mine, LONGEST_MS)]
        axes.plot([sizes[-1], LONGEST_MS], end, ":", color=colour, linewidth=1)


def _label(found: BreakEven, name: str) -> str:
    ms = found.breakeven_ms.get(name)
    pays = "no break-even here" if ms is None else f"pays from {milliseconds(ms)}"
    return f"{name}: {pays}{' (computed)' if name in found.computed else ''}"


def _row(point: Point) -> tuple:
    times = (point.task_ms, point.median_ms, min(point.runs_ms), max(point.runs_ms))
    name = f"{point.hatch}{' (recorded)' if point.recorded else ''}"
    return name, point.payload_bytes, *(f"{ms:.4g}" for ms in times)
