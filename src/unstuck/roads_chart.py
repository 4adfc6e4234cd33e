"""The roads on one chart: seconds against bytes, both on log scales, Python and Node.js together.

Colour tells how a payload arrives, the marker which road it took, a dashed line Node.js.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure

from unstuck.passages import COPY, Passage
from unstuck.plots import Picture, png_of

ARRIVALS = {  # Okabe and Ito's colours, dark enough on white
    "copied": "#0072B2",
    "moved": "#8A4A73",
    "shared": "#007A5A",
    "the same object": "#595959",
}
_MARKERS = "osD^vP*XhpHd8"


def roads_chart(passages: Sequence[Passage]) -> Picture:
    """Draw passages of one shape. ValueError where there are none, or of several shapes."""
    shapes = {each.shape for each in passages}
    if len(shapes) != 1:
        raise ValueError("this chart needs passages of one shape: run the cell above first")
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    axes = figure.subplots()
    for name, marker in zip(_names(passages), _endless(_MARKERS), strict=False):
        _draw(axes, name, marker, [each for each in passages if _name(each) == name])
    axes.set(xscale="log", yscale="log", xlabel="payload (bytes)", ylabel="there and back (ms)")
    axes.yaxis.set_major_formatter("{x:g}")
    sizes = sorted({each.size for each in passages})
    axes.set_xticks(sizes, map(in_words, sizes), rotation=30)
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False, fontsize=9)
    columns = ("road", "arrives", "bytes", "median (ms)", "least (ms)", "most (ms)", "after")
    return Picture(png_of(figure), _told(passages), columns, tuple(map(_row, passages)))


def _draw(axes, name: str, marker: str, passages: list[Passage]) -> None:
    sizes = [each.size for each in passages]
    middle = [each.seconds * 1e3 for each in passages]
    colour = ARRIVALS[passages[0].arrives]
    yardstick = passages[0].road == COPY
    axes.fill_between(
        sizes,
        [min(each.runs) * 1e3 for each in passages],
        [max(each.runs) * 1e3 for each in passages],
        color=colour,
        alpha=0.08,
        linewidth=0,
    )
    axes.plot(
        sizes,
        middle,
        ":" if yardstick else "--" if passages[0].runtime == "node" else "-",
        color="black" if yardstick else colour,
        marker=marker,
        markersize=5,
        fillstyle="none" if passages[0].runtime == "node" else "full",
        label=f"{name}: {passages[0].arrives}",
    )


def _name(each: Passage) -> str:
    return f"{each.road}{', Node.js' if each.runtime == 'node' else ''}{_recorded(each)}"


def _recorded(each: Passage) -> str:
    return f" (recorded {each.date})" if each.recorded else ""


def _names(passages: Sequence[Passage]) -> list[str]:
    """The roads, the dearest at their largest payload first, as the lines end."""
    last = {_name(each): each.seconds for each in sorted(passages, key=lambda each: each.size)}
    return sorted(last, key=last.get, reverse=True)


def _endless(marks: str) -> str:
    return marks * 3


def in_words(size: int) -> str:
    """A size in words: "64 KiB"."""
    for unit, scale in (("MiB", 2**20), ("KiB", 2**10)):
        if size >= scale:
            return f"{size / scale:.3g} {unit}"
    return f"{size} B"


def _told(passages: Sequence[Passage]) -> str:
    largest = max(each.size for each in passages)
    there = [each for each in passages if each.size == largest]
    best, worst = min(there, key=lambda each: each.seconds), max(there, key=lambda e: e.seconds)
    return (
        f"What {len(_names(passages))} roads to a worker cost, for {passages[0].shape} up to "
        f"{in_words(largest)}. There the dearest is {_name(worst)}, {worst.seconds * 1e3:.3g} ms, "
        f"and the cheapest {_name(best)}, {best.seconds * 1e3:.3g} ms."
    )


def _row(each: Passage) -> tuple:
    times = (f"{seconds * 1e3:.3f}" for seconds in (each.seconds, min(each.runs), max(each.runs)))
    return _name(each), each.arrives, each.size, *times, each.after
