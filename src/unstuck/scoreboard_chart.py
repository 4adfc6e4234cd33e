"""The scoreboard as one figure: a grid for each runtime, a line for each hatch.

A cell tells in words what the loop felt, and how many tasks were done in a second. Its colour and
its pattern say the same again: plain is a free loop, dotted a late one, crossed a blocked one.
"""

from textwrap import wrap

from unstuck.figures import Figure, patches
from unstuck.plots import Picture, png_of
from unstuck.scoreboard_result import Scoreboard
from unstuck.scoreboard_rows import GUEST, RUNTIMES, WORKS, Stay
from unstuck.scoreboard_words import COLUMNS, facts, reasons, short_stay, table

_LOOKS = {  # light colours under black words; the pattern tells the same
    "free": ("#CFE8F5", None, "the loop is free (p99 late by 10 ms at most); or kept apart"),
    "late": ("#FBEBB8", "..", "late, by less than a task"),
    "blocked": ("#F6C9AE", "xx", "blocked, by most of a task or more"),
    "": ("white", None, "not there: the note says why"),
}
_FACTS = ("start", "MB a worker", "copies")
_WRAPPED = {"untrusted code": "untrusted\ncode", "MB a worker": "MB a\nworker"}


def scoreboard_chart(board: Scoreboard) -> Picture:
    """Draw the board; ValueError where nothing stands on it."""
    if not board.runtimes:
        raise ValueError("there is nothing to draw yet: await scoreboard() first")
    counts = [len(board.hatches(runtime)) for runtime in board.runtimes]
    size = (8.6, 1.6 + sum(0.75 + 0.5 * count for count in counts))
    figure = Figure(figsize=size, layout="constrained")
    grids = figure.subplots(len(counts), squeeze=False, height_ratios=[c + 1 for c in counts])
    for axes, runtime in zip(grids[:, 0], board.runtimes, strict=True):
        _grid(axes, board, runtime)
    handles = [
        patches.Patch(facecolor=c, hatch=h, edgecolor="#595959", label=t)
        for c, h, t in _LOOKS.values()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return Picture(png_of(figure), _alt(board), COLUMNS, table(board))


def _grid(axes, board: Scoreboard, runtime: str) -> None:
    names, heads = board.hatches(runtime), [*board.works, *_FACTS]
    for down, hatch in enumerate(names):
        for across, work in enumerate(board.works):
            feel, words = _cell(board, runtime, hatch, work)
            _box(axes, (across, down), feel, words)
        for across, words in enumerate(facts(board, runtime, hatch), len(board.works)):
            axes.text(across + 0.5, down + 0.5, words, ha="center", va="center", fontsize=9)
    axes.set(xlim=(0, len(heads)), ylim=(len(names), 0))
    axes.set_xticks(
        [place + 0.5 for place in range(len(heads))], [_WRAPPED.get(h, h) for h in heads]
    )
    axes.set_yticks([place + 0.5 for place in range(len(names))], names)
    axes.tick_params(length=0, labelsize=9, top=False, labeltop=True, labelbottom=False)
    axes.set_title(RUNTIMES[runtime], loc="left", fontsize=11, fontweight="bold")
    axes.spines[:].set_visible(False)


def _cell(board: Scoreboard, runtime: str, hatch: str, work: str) -> tuple[str, str]:
    """Return what the loop felt, and the words of a cell."""
    if work == GUEST:
        return _guest(board.stay(runtime, hatch))
    row = board.row(runtime, hatch, work)
    if row is None or row.missing:
        return "", "not there"
    label = "*" if row.recorded else ""
    return row.feel, f"{row.rate:.0f}/s{label}\nlag {row.lag_p99_ms:.0f} ms"


def _guest(stay: Stay | None) -> tuple[str, str]:
    if stay is None:
        return "", "not tried"
    feel = {"held the loop": "blocked"}.get(stay.overstay, "late")
    return "free" if stay.isolated else feel, "\n".join(wrap(short_stay(stay), 10))


def _box(axes, place: tuple[int, int], feel: str, words: str) -> None:
    across, down = place
    colour, pattern, _ = _LOOKS[feel]
    style = {"facecolor": colour, "edgecolor": "#B0B0B0", "hatch": pattern, "linewidth": 0.6}
    axes.add_patch(patches.Rectangle((across + 0.03, down + 0.05), 0.94, 0.9, **style))
    clear = {"facecolor": colour, "edgecolor": "none", "pad": 1.2}
    axes.text(across + 0.5, down + 0.5, words, ha="center", va="center", fontsize=9, bbox=clear)


def _alt(board: Scoreboard) -> str:
    feels = [row.feel for row in board.rows]
    counts = ", ".join(f"{feels.count(feel)} {feel}" for feel in ("free", "late", "blocked"))
    words = ["Scoreboard: tasks a second and the loop's lag (p99) in each cell.", f"{counts}."]
    for runtime in board.runtimes:
        rows = [row for row in board.rows if (row.runtime, row.work) == (runtime, WORKS[0])]
        told = (f"{r.hatch} {r.rate:.0f}/s and {r.lag_p99_ms:.0f} ms" for r in rows if r.rate)
        words.append(f"{WORKS[0]} in {RUNTIMES[runtime]}: {', '.join(told) or 'not there'}.")
    starred = ["* recorded elsewhere."] if any(row.recorded for row in board.rows) else []
    return " ".join([*words, *starred, *board.notes, *reasons(board)])
