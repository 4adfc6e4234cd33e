"""Rows of marks, one for each card, on one axis: what the room's figures are made of."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from unstuck.figures import Figure
from unstuck.palette import ink
from unstuck.room import counted

_ENOUGH = 4  # cards from which on the middle half of them is drawn


@dataclass(frozen=True)
class Row:
    """One line of a figure: what it is about, a number of each card, and words beside it."""

    label: str
    values: tuple[float, ...]
    runtime: str = "python"
    words: str = ""

    @property
    def middle(self) -> float | None:
        """The median; None where there is no number."""
        return statistics.median(self.values) if self.values else None

    @property
    def half(self) -> tuple[float, float] | None:
        """Between which two numbers the middle half lies; None for few cards."""
        if len(self.values) < _ENOUGH:
            return None
        low, _, high = statistics.quantiles(self.values, method="inclusive")
        return low, high

    @property
    def count(self) -> str:
        """How many cards it stands on, with the words."""
        return f"{counted(len(self.values), 'card')}{self.words}"


def drawn(rows: Sequence[Row], xlabel: str) -> tuple:
    """Return (figure, axes) with all rows; ValueError where there is none."""
    if not rows:
        raise ValueError("there is nothing to draw yet: no card tells of it")
    figure = Figure(figsize=(8.5, 1.3 + 0.48 * len(rows)), layout="constrained")
    axes = figure.subplots()
    every = [value for row in rows for value in row.values] or [1.0]
    for place, row in enumerate(rows):
        _draw(axes, place, row)
        axes.text(1.02, place, row.count, va="center", transform=axes.get_yaxis_transform())
    _scale(axes, min(every), max(every))
    axes.set_xlabel(xlabel)
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _scale(axes, least: float, most: float) -> None:
    """Make the scale logarithmic, from the tick below the least to the one above the most."""
    ticks = [step * 10.0**power for power in range(-6, 7) for step in (1, 2, 5)]
    low = max(tick for tick in ticks if tick <= least / 1.1)
    high = min(tick for tick in ticks if tick >= most * 1.1)
    shown = [tick for tick in ticks if low <= tick <= high]
    axes.set(xscale="log", xlim=(low, high))
    axes.minorticks_off()
    few = shown[:: 1 + len(shown) // 14]
    axes.set_xticks(few, [f"{tick:g}" for tick in few])


def _draw(axes, place: int, row: Row) -> None:
    """Draw a thin line from least to most, a thick one for the middle half, and each card."""
    if not row.values:
        return
    style = ink(row.runtime)
    axes.plot([min(row.values), max(row.values)], [place, place], color=style.light, linewidth=1)
    if row.half:
        axes.plot(row.half, [place, place], color=style.light, linewidth=6, alpha=0.45)
    heights = [place + 0.24 * ((number * 0.618) % 1 - 0.5) for number in range(len(row.values))]
    marks = {"color": style.light, "markersize": 6, "fillstyle": "none", "alpha": 0.8}
    axes.plot(row.values, heights, style.marker, **marks)
    axes.plot([row.middle], [place], "D", color="black", markersize=6)


def words(row: Row, unit: str) -> str:
    """Return a row as words of an alt text."""
    if not row.values:
        return f"in no card{row.words}"
    unit = unit.replace("(", "").replace(")", "")
    numbers = f"{row.middle:.3g}{unit} ({min(row.values):.3g} to {max(row.values):.3g})"
    return f"{numbers} in {row.count}"


def cells(row: Row) -> tuple:
    """Return a row as one of a table: of, cards, median, least, most, middle half, words."""
    if not row.values:
        return (row.label, 0, "", "", "", "", row.words.strip("; "))
    half = "{:.3g} to {:.3g}".format(*row.half) if row.half else "too few cards"
    numbers = (f"{each:.3g}" for each in (row.middle, min(row.values), max(row.values)))
    return (row.label, len(row.values), *numbers, half, row.words.strip("; "))
