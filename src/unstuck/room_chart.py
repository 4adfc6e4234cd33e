"""The room's cards in three figures: a mark for each card, the median, and how far they lie apart.

speedup_chart(cards)      how much sooner a pool is, by usable CPUs
start_chart(cards)        how long a hatch takes to start, by system
breakeven_chart(cards)    from which task on a hatch pays

Each row says how many cards it stands on. Nobody is named and nobody is ranked: a card has no name.
"""

from collections.abc import Sequence

from unstuck.card_form import HATCHES, SYSTEMS, ResultCard
from unstuck.figures import Figure
from unstuck.palette import ink
from unstuck.plots import Picture, png_of
from unstuck.room import counted
from unstuck.room_strips import Row, cells, drawn, words


def speedup_chart(cards: Sequence[ResultCard]) -> Picture:
    """Draw the best speed-up of each card by usable CPUs. ValueError where none has one."""
    by_cpus: dict[int, list[float]] = {}
    for card in cards:
        if card.best:
            by_cpus.setdefault(card.kind.cpus, []).append(card.best[1].median)
    rows = [Row(counted(cpus, "CPU"), tuple(by_cpus[cpus])) for cpus in sorted(by_cpus)]
    figure, axes = drawn(rows, "speed-up: tasks done while a pool of one worker does one")
    most = max([*by_cpus, *(value for row in rows for value in row.values)])
    axes.set(xscale="linear", xlim=(0, 1.08 * most))
    axes.axvline(1, color=ink("quiet").light, linestyle=":")
    for place, cpus in enumerate(sorted(by_cpus)):  # as many times as CPUs
        axes.plot([cpus], [place], "|", color="black", markersize=26)
    axes.set_title("dotted: 1; tall mark: as many as CPUs", fontsize=9, loc="left")
    return _picture(figure, rows, _opening(cards, "Best speed-up of a pool, by usable CPUs"), "")


def start_chart(cards: Sequence[ResultCard]) -> Picture:
    """Draw how long each hatch takes to start, by system. ValueError where no card tells."""
    found: dict[tuple[str, str], list[float]] = {}
    for card in cards:
        for hatch, each in card.start.items():
            found.setdefault((hatch, card.kind.system), []).append(1e3 * each.median)
    order = [(hatch, system) for hatch in HATCHES for system in SYSTEMS]
    rows = [
        Row(f"{hatch}, {system}", tuple(found[hatch, system]), _runtime(hatch))
        for hatch, system in order
        if (hatch, system) in found
    ]
    figure, _ = drawn(rows, "until a cold hatch's first answer (ms, log scale)")
    return _picture(figure, rows, _opening(cards, "Start-up of each hatch, by system"), " (ms)")


def breakeven_chart(cards: Sequence[ResultCard]) -> Picture:
    """Draw from which task on each hatch pays. ValueError where no card tells of any."""
    rows = []
    for hatch in HATCHES:
        told = [card.breakeven[hatch] for card in cards if hatch in card.breakeven]
        paying = tuple(each.median for each in told if each)
        never = len(told) - len(paying)
        words = f"; never, or not clearly: {never}" * bool(never)
        rows += [Row(hatch, paying, _runtime(hatch), words)] * bool(told)
    figure, _ = drawn(rows, "the task from which on it pays (ms, log scale)")
    return _picture(figure, rows, _opening(cards, "Break-even of each hatch"), " (ms)")


def _runtime(hatch: str) -> str:
    return "node" if hatch.startswith("node") else "python"


def _opening(cards: Sequence[ResultCard], what: str) -> str:
    recorded = sum(bool(card.recorded) for card in cards)
    words = f", {recorded} of them recorded ones of the course" * bool(recorded)
    busy = sum(card.busy for card in cards)
    words += f", {busy} from a busy machine, and unsure" * bool(busy)
    return f"{what}, over {counted(len(cards), 'card')}{words}."


def _picture(figure: Figure, rows: Sequence[Row], opening: str, unit: str) -> Picture:
    axes = figure.axes[0]
    key = "black: median of the cards; thin line: least to most; thick: the middle half"
    axes.set_xlabel(f"{axes.get_xlabel()}\n{key}")
    told = "; ".join(f"{row.label}: {words(row, unit)}" for row in rows)
    columns = ("of", "cards", *(f"{name}{unit}" for name in ("median", "least", "most")))
    columns += (f"middle half{unit}", "beside them")
    return Picture(png_of(figure), f"{opening} {told}.", columns, tuple(map(cells, rows)))
