"""Draw how long light requests waited in each set-up: a line from p50 to p99.

waits_chart(await light_beside_heavy())
"""

from collections.abc import Sequence

from unstuck.figures import Figure
from unstuck.palette import ink
from unstuck.pitfall import Waits
from unstuck.plots import Picture, png_of

_COLUMNS = (
    *("set-up", "runtime", "p50 (ms)", "p50 of each round (ms)", "p99 (ms)"),
    *("light answered", "heavy answered", "lost"),
)
_MARK = 100  # milliseconds: about where people begin to feel a delay
_STEP = 0.28  # between the two runtimes of one set-up


def waits_chart(seen: Sequence[Waits]) -> Picture:
    """Draw them on a log scale of milliseconds; thin lines: the median of each round."""
    if not seen:
        raise ValueError("there is nothing to draw yet: measure the set-ups first")
    setups = list(dict.fromkeys(waits.setup for waits in seen))
    figure = Figure(figsize=(7, 1.5 + 0.62 * len(setups)), layout="constrained")
    axes = figure.subplots()
    for waits in seen:
        _draw(axes, waits, setups.index(waits.setup) + _STEP * (waits.runtime == "node"))
    axes.set_yticks([place + _STEP / 2 for place in range(len(setups))], setups)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.axvline(_MARK, color=ink("quiet").light, linestyle=":")
    axes.set_xlabel(
        "wait of a light request (ms, log scale)\n"
        f"filled: p50, tick: p50 of one round, open: p99, dotted: {_MARK} ms"
    )
    axes.legend(*_legend(axes), loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return Picture(png_of(figure), _alt(seen), _COLUMNS, tuple(map(_row, seen)))


def _draw(axes, waits: Waits, place: float) -> None:
    style = ink(waits.runtime)
    for p50, _ in waits.rounds:
        axes.plot(p50, place, "|", color=style.light, markersize=7)
    axes.plot([waits.p50_ms, waits.p99_ms], [place, place], style.line, color=style.light)
    axes.plot(waits.p50_ms, place, style.marker, color=style.light, label=waits.runtime)
    axes.plot(waits.p99_ms, place, style.marker, color=style.light, fillstyle="none")


def _legend(axes) -> tuple[list, list]:
    handles, labels = axes.get_legend_handles_labels()
    names = {"python": "Python", "node": "Node.js"}
    once = dict(zip(labels, handles, strict=True))
    return list(once.values()), [names[label] for label in once]


def _alt(seen: Sequence[Waits]) -> str:
    told = "; ".join(f"{w.setup}, {w.runtime}: {w.p50_ms:.1f} and {w.p99_ms:.1f}" for w in seen)
    return f"Waits of light requests beside heavy ones, p50 and p99 in milliseconds. {told}."


def _row(waits: Waits) -> tuple:
    each = ", ".join(f"{p50:.1f}" for p50, _ in waits.rounds)
    names = (waits.setup, waits.runtime, waits.p50_ms, each, waits.p99_ms)
    return (*names, waits.light, waits.heavy, waits.lost)
