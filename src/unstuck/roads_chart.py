"""The roads on one chart: seconds against bytes, both on log scales, Python and Node.js together.

Colour tells how a payload arrives, the marker which road it took, a dashed line Node.js, a faint
line an older run of a road that was measured anew as well.
"""

from collections.abc import Sequence

from unstuck.figures import Figure
from unstuck.passages import COPY, Passage
from unstuck.plots import Picture, png_of
from unstuck.values import listed

ARRIVALS = {  # Okabe and Ito's colours, dark enough on white
    "copied": "#0072B2",
    "moved": "#8A4A73",
    "shared": "#007A5A",
    "the same object": "#595959",
}
_MARKERS = "osD^vP*XhpHd8"


def roads_chart(passages: Sequence[Passage]) -> Picture:
    """Draw passages of one shape. ValueError where there are none, or of several shapes."""
    passages = listed(passages, "passages", "shape")
    shapes = {each.shape for each in passages}
    if len(shapes) != 1:
        raise ValueError("this chart needs passages of one shape: run the cell above first")
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    axes = figure.subplots()
    markers = dict(zip(dict.fromkeys(each.road for each in passages), _MARKERS * 2, strict=False))
    for name in _names(passages):
        line = [each for each in passages if _name(each) == name]
        _draw(axes, line, markers[line[0].road], _has_twin(line[0], passages))
    axes.set(xscale="log", yscale="log", xlabel="payload (bytes)", ylabel="there and back (ms)")
    axes.yaxis.set_major_formatter("{x:g}")
    sizes = sorted({each.size for each in passages})
    axes.set_xticks(sizes, map(in_words, sizes), rotation=30)
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if any(_has_twin(each, passages) for each in passages):
        axes.plot([], [], color="black", alpha=0.4, label="faint: the kept run")
    figure.legend(loc="outside right upper", frameon=False, fontsize=9)
    columns = ("road", "arrives", "bytes", "median (ms)", "least (ms)", "most (ms)", "after")
    return Picture(png_of(figure), _told(passages), columns, tuple(map(_row, passages)))


def _draw(axes, line: list[Passage], marker: str, is_older: bool) -> None:
    """Draw one road; an older run of a road that is there as well is faint, and has no label."""
    first, sizes = line[0], [each.size for each in line]
    yardstick, node = first.road == COPY, first.runtime == "node"
    style = {
        "color": "black" if yardstick else ARRIVALS[first.arrives],
        "alpha": 0.4 if is_older else 1,
        "label": None if is_older else f"{_name(first)}: {first.arrives}",
    }
    if not is_older:
        low, high = zip(
            *((1e3 * min(each.runs), 1e3 * max(each.runs)) for each in line), strict=True
        )
        axes.fill_between(sizes, low, high, color=style["color"], alpha=0.08, linewidth=0)
    axes.plot(
        sizes,
        [each.seconds * 1e3 for each in line],
        ":" if yardstick else "--" if node else "-",
        marker=marker,
        markersize=5,
        fillstyle="none" if node else "full",
        **style,
    )


def _has_twin(first: Passage, passages: Sequence[Passage]) -> bool:
    """Say whether a recorded road was measured anew as well."""
    return first.recorded and any(
        not each.recorded and (each.road, each.runtime) == (first.road, first.runtime)
        for each in passages
    )


def _name(each: Passage) -> str:
    return f"{each.road}{', Node.js' if each.runtime == 'node' else ''}{_recorded(each)}"


def _recorded(each: Passage) -> str:
    return f" (recorded {each.date})" if each.recorded else ""


def _names(passages: Sequence[Passage]) -> list[str]:
    """The roads, the dearest at their largest payload first, as the lines end."""
    last = {_name(each): each.seconds for each in sorted(passages, key=lambda each: each.size)}
    return sorted(last, key=last.get, reverse=True)


def in_words(size: int) -> str:
    """A size in words: "64 KiB"."""
    for unit, scale in (("MiB", 2**20), ("KiB", 2**10)):
        if size >= scale:
            return f"{size / scale:.3g} {unit}"
    return f"{size} B"


def _told(passages: Sequence[Passage]) -> str:
    largest = max(each.size for each in passages)
    roads = [name for name in _names(passages) if not name.startswith(COPY)]
    there = [each for each in passages if each.size == largest]
    best, worst = min(there, key=lambda each: each.seconds), max(there, key=lambda e: e.seconds)
    return (
        f"What {len(roads)} roads to a worker cost, for {passages[0].shape} up to "
        f"{in_words(largest)}. There the dearest is {_name(worst)}, {worst.seconds * 1e3:.3g} ms, "
        f"and the cheapest {_name(best)}, {best.seconds * 1e3:.3g} ms."
    )


def _row(each: Passage) -> tuple:
    times = (f"{seconds * 1e3:.3f}" for seconds in (each.seconds, min(each.runs), max(each.runs)))
    return _name(each), each.arrives, each.size, *times, each.after
