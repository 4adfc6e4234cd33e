"""Draw queues: waits against utilisation, one queue beside many, and one worker that is blocked.

utilisation_chart()
dispatch_chart([simulate(Setup(100, dispatch=name)) for name in DISPATCHES])
block_chart([block_one(Setup(10, 0.6, dispatch=name)) for name in DISPATCHES])

Colour, line and marker tell who chooses the worker, or how many there are: never colour alone.
"""

from collections.abc import Sequence

from unstuck.figures import Figure
from unstuck.plots import Picture, png_of
from unstuck.queueing import (
    DISPATCHES,
    Queued,
    chance_to_wait,
    check_load,
    counted,
    in_ms,
    wait_of_many,
)

_PERCENT = (5, *range(10, 75, 10), *range(75, 91, 5), 93, 95, 97, 98, 99)
_BUSY = tuple(percent / 100 for percent in _PERCENT)
_INKS = ("#0072B2", "#007A5A", "#B34700", "#8A4A73", "#595959", "#000000")  # Okabe and Ito, darker
_LINES, _MARKERS = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3))), "osD^vP"
_LEAST = 0.01  # milliseconds: a log scale has no 0, and nobody feels less
_PLACES = {"loc": "lower left", "bbox_to_anchor": (0, 1), "frameon": False, "fontsize": 9}


def utilisation_chart(
    workers: Sequence[int] = (1, 2, 10, 100, 1000, 10_000), seconds: float = 0.01
) -> Picture:
    """Draw the p99 wait in one queue by the formula (M/M/c), for so many workers.

    `seconds` is the mean time of a request. ValueError for no workers, or more than six counts.
    """
    if not 1 <= len(workers) <= len(_INKS):
        raise ValueError(f"this chart has room for 1 to {len(_INKS)} lines, not {len(workers)}")
    for count in workers:
        check_load(0.5, count, seconds)
    lines = {
        count: [1e3 * wait_of_many(busy, count, seconds) for busy in _BUSY] for count in workers
    }
    figure, axes = _axes(3.6)
    for place, (count, waits) in enumerate(lines.items()):
        points = [
            (100 * busy, wait) for busy, wait in zip(_BUSY, waits, strict=True) if wait >= _LEAST
        ]
        axes.plot(*_split(points), **_look(place), label=counted(count))
    axes.set(
        yscale="log", xlabel="utilisation (%)", ylabel="p99 wait (ms, log scale)", xlim=(0, 101)
    )
    axes.yaxis.set_major_formatter("{x:g}")
    axes.legend(ncols=3, **_PLACES)
    alt = _utilisation_alt(lines, seconds)
    rows = (
        (counted(count), f"{busy:.0%}", f"{wait:.3g}", f"{chance_to_wait(busy, count):.2%}")
        for count, waits in lines.items()
        for busy, wait in zip(_BUSY, waits, strict=True)
    )
    return Picture(
        png_of(figure), alt, ("workers", "busy", "p99 wait (ms)", "have to wait"), tuple(rows)
    )


def _utilisation_alt(lines: dict[int, list[float]], seconds: float) -> str:
    at = _BUSY.index(0.8)
    told = ", ".join(
        f"{in_ms(waits[at] / 1e3)} with {counted(count)}" for count, waits in lines.items()
    )
    return (
        f"Waits grow without bound near a utilisation of 100 %, later where more workers share one "
        f"queue. Requests take {in_ms(seconds)} in the mean. At 80 % the p99 wait is {told}."
    )


def dispatch_chart(results: Sequence[Queued]) -> Picture:
    """Draw the waits of several simulations under each other: a line from p50 to p99."""
    if not results:
        raise ValueError("there is nothing to draw yet: simulate a queue first")
    figure, axes = _axes(1.3 + 0.42 * len(results))
    for place, result in enumerate(results):
        low, high = (max(_LEAST, 1e3 * wait) for wait in (result.p50, result.p99))
        look = _look(_place(result))
        axes.plot([low, high], [place, place], color=look["color"], linestyle=look["linestyle"])
        axes.plot(low, place, look["marker"], color=look["color"])
        axes.plot(high, place, look["marker"], color=look["color"], fillstyle="none")
        words = f"  {in_ms(result.p99)}"
        axes.text(high, place, words, va="center", fontsize=9)
    axes.set_yticks(range(len(results)), map(_name, results))
    axes.set_ylim(len(results) - 0.4, -0.6)
    axes.set_xscale("log")
    axes.set_xlim(_LEAST / 1.5, 6 * max(0.1, *(1e3 * result.p99 for result in results)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel(f"wait (ms, log scale; {_LEAST:g} stands for less)\nfilled: p50, open: p99")
    told = "; ".join(f"{_name(r)}: {in_ms(r.p50)} and {in_ms(r.p99)}" for r in results)
    alt = f"Simulated waits of requests, p50 and p99. {told}."
    columns = ("workers", "dispatch", "busy", "mean (ms)", "p50 (ms)", "p99 (ms)", "requests")
    return Picture(png_of(figure), alt, columns, tuple(map(_row, results)))


def block_chart(results: Sequence[Queued], width: float = 0.25) -> Picture:
    """Draw the p99 of each `width` seconds, from before one worker is blocked until after."""
    if not 1 <= len(results) <= len(_INKS):
        raise ValueError(f"block a worker in 1 to {len(_INKS)} set-ups first, not {len(results)}")
    lines = {_name(r): [(at, 1e3 * p99) for at, p99 in r.over_time(width)] for r in results}
    figure, axes = _axes(3.6)
    for place, (name, points) in enumerate(lines.items()):
        shown = [(at, max(_LEAST, p99)) for at, p99 in points]
        axes.plot(*_split(shown), **_look(place), label=name)
    axes.axvline(0, color="#595959", linewidth=0.8)
    axes.set(
        yscale="log", xlabel="seconds since one worker was blocked", ylabel="p99 wait (ms, log)"
    )
    axes.yaxis.set_major_formatter("{x:g}")
    axes.legend(ncols=2, **_PLACES)
    alt = (
        f"p99 wait before and while one worker is blocked. {'; '.join(map(_worst, lines.items()))}."
    )
    rows = tuple(
        (name, f"{at:.2f}", f"{p99:.3g}") for name, line in lines.items() for at, p99 in line
    )
    return Picture(png_of(figure), alt, ("set-up", "second", "p99 wait (ms)"), rows)


def _worst(line: tuple[str, list[tuple[float, float]]]) -> str:
    name, points = line
    calm = max((p99 for at, p99 in points if at < 0), default=0.0)
    after = max((p99 for at, p99 in points if at >= 0), default=0.0)
    return f"{name}: at most {in_ms(calm / 1e3)} before, {in_ms(after / 1e3)} after"


def _axes(height: float) -> tuple:
    figure = Figure(figsize=(7, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _look(place: int) -> dict:
    looks = {"color": _INKS[place], "linestyle": _LINES[place], "marker": _MARKERS[place]}
    return {**looks, "markersize": 4, "linewidth": 1.3}


def _place(result: Queued) -> int:
    return DISPATCHES.index(result.setup.dispatch)


def _split(points: Sequence[tuple[float, float]]) -> tuple:
    return tuple(zip(*points, strict=True)) if points else ((), ())


def _name(result: Queued) -> str:
    return f"{counted(result.setup.workers)}, {result.setup.dispatch}"


def _row(result: Queued) -> tuple:
    times = (in_ms(wait).removesuffix(" ms") for wait in (result.mean, result.p50, result.p99))
    setup = result.setup
    return (setup.workers, setup.dispatch, f"{result.utilisation:.0%}", *times, len(result.waits))
