"""Draw from which length of task on the way to a worker pays: the useful share of its time.

trips_chart(await measure_trips({"pool": pool.run, "distributed": distributed.run}, 2))
"""

from collections.abc import Sequence

from unstuck.figures import Figure
from unstuck.palette import ink
from unstuck.plots import Picture, png_of
from unstuck.trip_costs import SHARE, Trip, pays_from

_INKS = ("python", "blocked", "node", "prediction")  # by place, with line and marker
_COLUMNS = ("hatch", "task (ms)", "tasks", "useful (%)", "more for each task (ms)")


def trips_chart(trips: Sequence[Trip]) -> Picture:
    """Draw useful shares against lengths of task; a line for each hatch, 1 to 4 of them."""
    names = list(dict.fromkeys(trip.hatch for trip in trips))
    if not 1 <= len(names) <= len(_INKS):
        raise ValueError(f"this chart has room for 1 to {len(_INKS)} hatches, not {len(names)}")
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    for name, meaning in zip(names, _INKS, strict=False):
        _draw(axes, name, [trip for trip in trips if trip.hatch == name], ink(meaning))
    axes.axhline(100 * SHARE, color=ink("quiet").light, linestyle=":", linewidth=1)
    axes.set(xscale="log", ylim=(0, 105), xlabel="length of a task (ms, log scale)")
    axes.set_ylabel("time of the workers that is work (%)")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9)
    said = "; ".join(_said(trips, name) for name in names)
    alt = f"Share of the workers' time that is work, by length of task. {said}."
    return Picture(png_of(figure), alt, _COLUMNS, tuple(map(_row, trips)))


def _draw(axes, name: str, trips: Sequence[Trip], style) -> None:
    points = sorted((1e3 * trip.length, 100 * trip.useful) for trip in trips)
    looks = {"color": style.light, "linestyle": style.line, "marker": style.marker}
    axes.plot(*zip(*points, strict=True), label=_said(trips, name), markersize=5, **looks)


def _said(trips: Sequence[Trip], name: str) -> str:
    length = pays_from(trips, name)
    if length is None:
        return f"{name}: {SHARE:.0%} at none of these lengths"
    return f"{name}: {SHARE:.0%} from {1e3 * length:.3g} ms on"


def _row(trip: Trip) -> tuple:
    return (trip.hatch, 1e3 * trip.length, trip.tasks, 100 * trip.useful, 1e3 * trip.cost)
