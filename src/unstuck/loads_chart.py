"""Draw several loads under each other: how long their requests waited, and who answered them.

loads_chart({"our cluster": load, "uvicorn": other})
"""

from collections.abc import Mapping

from unstuck.figures import Figure, ticker
from unstuck.load import Load
from unstuck.palette import ink
from unstuck.plots import Picture, png_of

_COLUMNS = ("load", "p50 (ms)", "p99 (ms)", "answered", "lost", "answers by worker")
_SHADES = ("", "////", "xx", "..")  # one for each worker of a server, again from the first


def loads_chart(loads: Mapping[str, Load]) -> Picture:
    """Draw waits on the left (ms, log scale; p50 to p99), the workers' shares on the right."""
    if not loads:
        raise ValueError("there is nothing to draw yet: measure a load first")
    figure = Figure(figsize=(7, 1.4 + 0.42 * len(loads)), layout="constrained")
    waits, shares = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    for place, load in enumerate(loads.values()):
        _draw_waits(waits, place, load)
        _draw_shares(shares, place, load)
    waits.set_yticks(range(len(loads)), loads)
    waits.invert_yaxis()
    _log_scale(waits, [wait * 1e3 for load in loads.values() for wait in (load.p50, load.p99)])
    waits.set_xlabel("wait (ms, log scale)\nfilled: p50, open: p99")
    shares.set_xlabel("answers by worker (%)\na box for each process")
    shares.set_xlim(0, 100)
    for axes in (waits, shares):
        axes.spines[["top", "right"]].set_visible(False)
    return Picture(png_of(figure), _alt(loads), _COLUMNS, tuple(map(_row, loads.items())))


def _log_scale(axes, values: list[float]) -> None:
    """A log scale with few labels, also where all values lie within one power of ten."""
    axes.set_xscale("log")
    few = max(values) > 100 * max(0.01, min(values))
    axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1,) if few else (1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(ticker.NullFormatter())


def _draw_waits(axes, place: int, load: Load) -> None:
    style = ink("python")
    low, high = (max(0.01, 1e3 * wait) for wait in (load.p50, load.p99))  # a log scale has no 0
    axes.plot([low, high], [place, place], style.line, color=style.light)
    axes.plot(low, place, style.marker, color=style.light)
    axes.plot(high, place, style.marker, color=style.light, fillstyle="none")


def _draw_shares(axes, place: int, load: Load) -> None:
    left, answered = 0.0, max(1, len(load.latencies))
    for number, count in enumerate(sorted(load.pids.values(), reverse=True)):
        share, hatch = 100 * count / answered, _SHADES[number % len(_SHADES)]
        light = {"color": "white", "edgecolor": ink("python").light, "hatch": hatch}
        axes.barh(place, share, left=left, height=0.6, **light)
        left += share


def _by_worker(load: Load) -> str:
    return ", ".join(map(str, sorted(load.pids.values(), reverse=True)))


def _alt(loads: Mapping[str, Load]) -> str:
    told = "; ".join(
        f"{name}: p50 {1e3 * load.p50:.1f} and p99 {1e3 * load.p99:.1f} ms, answers by worker "
        f"{_by_worker(load)}"
        for name, load in loads.items()
    )
    return f"Waits and answers of {len(loads)} loads. {told}."


def _row(named: tuple[str, Load]) -> tuple:
    name, load = named
    waits = (name, 1e3 * load.p50, 1e3 * load.p99)
    return (*waits, len(load.latencies), load.failed, _by_worker(load))
