"""A scoreboard in words: cells, a table of text, and the rows of a table for figures."""

import html
import statistics
from collections.abc import Iterator, Sequence

from unstuck.scoreboard_rows import GUEST, RUNTIMES, Row, spread

COLUMNS = (
    *("hatch", "runtime", "work", "tasks/s", "tasks/s of each round", "one task (ms)"),
    *("lag p99 (ms)", "lag max (ms)", "start (ms)", "MB a worker", "copies", "note"),
)
_WIDE = 21
_BUSY = 1.5  # times as long as in another round
_SHARE = 0.6  # of the CPUs; a quota may give somewhat less than all


def shown(board) -> str:
    """Return the whole board as text; each cell is the loop's worst lag, and tasks a second."""
    lines = [line for runtime in board.runtimes for line in _block(board, runtime)]
    return "\n".join([*lines, *reasons(board), *board.notes, board.origin])


def _block(board, runtime: str) -> Iterator[str]:
    heads = [*board.works, "start", "MB a worker", "copies"]
    yield "".join(f"{text:{_WIDE}}" for text in (RUNTIMES[runtime], *heads)).rstrip()
    for hatch in board.hatches(runtime):
        cells = [cell(board, runtime, hatch, work) for work in board.works]
        line = (
            f"{hatch:{_WIDE}}",
            *(f"{text:{_WIDE}}" for text in cells + facts(board, runtime, hatch)),
        )
        yield "".join(line).rstrip()


def cell(board, runtime: str, hatch: str, work: str) -> str:
    """Return a cell's words: lag and rate, what a guest may do, or that it is not there."""
    if work == GUEST:
        stay = board.stay(runtime, hatch)
        return "not tried" if stay is None else short_stay(stay)
    row = board.row(runtime, hatch, work)
    if row is None or row.missing:
        return "not there"
    return f"{row.lag_max_ms:.0f} ms, {row.rate:.0f}/s"


def short_stay(stay) -> str:
    """Return how a guest is borne, in three words or less."""
    if stay.isolated:
        return "kept apart"
    words = {"held the loop": "holds the loop", "works on": "cannot be stopped"}
    if stay.overstay in words:
        return words[stay.overstay]
    return "a crash ends all" if stay.crash == "all ended" else "not tried"


def facts(board, runtime: str, hatch: str) -> list[str]:
    """Return start, memory and copies of a hatch in words."""
    row = measured_row(board, runtime, hatch)
    if row is None:
        return ["not there"] * 3
    return [f"{1e3 * row.start_seconds:.1f} ms", f"{row.worker_bytes / 1e6:.1f}", f"{row.copies}"]


def measured_row(board, runtime: str, hatch: str) -> Row | None:
    """Return the first measured row of a hatch."""
    mine = (row for row in board.rows if (row.runtime, row.hatch) == (runtime, hatch))
    return next((row for row in mine if not row.missing), None)


def busy(rows: Sequence[Row], cores: float | None = None, cpus: int = 1) -> list[str]:
    """Say it where others used the machine meanwhile; else nothing.

    The loop's own times differ then, or threads got fewer `cores` than there are `cpus`.
    """
    if cores is not None and cores < _SHARE * cpus:
        told = f"of {cpus} CPUs, busy threads got {cores:.1f}"
        return [f"The machine was busy meanwhile, so this is unsure: {told}."]
    mine = [row.seconds for row in rows if row.hatch == "inline" and row.seconds]
    mine = [seconds for seconds in mine if len(seconds) > 1]
    swing = statistics.median([max(each) / min(each) for each in mine] or [1.0])
    if swing < _BUSY:
        return []
    told = f"in the loop, the same task took up to {swing:.1f} times as long"
    return [f"The machine was busy meanwhile, so this is unsure: {told}."]


def reasons(board) -> list[str]:
    """Say once for each reason what is not there, and why."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for row in board.rows:
        if row.missing:
            by_reason.setdefault((row.name, row.missing), []).append(row.work)
    return [
        f"Not there: {name}, {', '.join(works)}: {why.rstrip('.')}."
        for (name, why), works in by_reason.items()
    ]


def table(board) -> tuple[tuple, ...]:
    """Return the rows of a data table, by `COLUMNS`."""
    rows = [_line(row) for row in board.rows]
    for stay in board.stays:
        again = "" if stay.seconds is None else f"; answers again after {1e3 * stay.seconds:.1f} ms"
        note = f"{stay.words}{again}{' (recorded)' if stay.recorded else ''}"
        name = RUNTIMES[stay.runtime]
        rows.append((stay.hatch, name, GUEST, *["judged by what it may do"] * 8, note))
    return tuple(rows)


def _line(row: Row) -> tuple:
    names = (row.hatch, RUNTIMES[row.runtime], row.work)
    if row.missing:
        return (*names, *["not there"] * 8, row.missing)
    seconds = f"{1e3 * row.task_seconds:.1f} ({spread(row.seconds, 1e3)})"
    each = ", ".join(f"{rate:.1f}" for rate in row.rates)
    known = (1e3 * row.start_seconds, row.worker_bytes / 1e6, row.copies)
    lag, label = (row.lag_p99_ms, row.lag_max_ms), "recorded" if row.recorded else "measured"
    return (*names, row.rate, each, seconds, *lag, *known, label)


def table_html(board) -> str:
    """Return the whole table as HTML, with its headings and where it comes from."""
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in COLUMNS)
    lines = ("".join(f"<td>{html.escape(_text(v))}</td>" for v in row) for row in table(board))
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    caption = f"<caption>{html.escape(board.origin)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
