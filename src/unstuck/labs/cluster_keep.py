"""What is kept of a run of the cluster panel, and its line in the data table."""

import platform

from unstuck.cluster_kept import Asked, ClusterKept
from unstuck.labs.cluster_board import Board
from unstuck.labs.cluster_run import ClusterRun
from unstuck.trial import machine_label, today

_UNCOUNTED = ("beat", "memory")  # they come all the time


def kept_run(run: ClusterRun) -> ClusterKept:
    """The last run as it is kept."""
    board, traffic = run.board, run.traffic
    return ClusterKept(
        **{"hatch": "inline", **run.plan},
        keep_alive=traffic.keep_alive,
        seconds=round(run.seconds, 3),
        light=_asked(board, "light"),
        heavy=_asked(board, "heavy"),
        pids=len(board.workers),
        events=sum(count for kind, count in board.kinds.items() if kind not in _UNCOUNTED),
        kill_to_ready=tuple(round(each, 4) for each in board.kill_to_ready),
        machine=machine_label(),
        versions={"python": platform.python_version()},
        date=today(),
    )


def _asked(board: Board, kind: str) -> Asked:
    answered, lost = board.tally.answered[kind].total(), board.tally.lost[kind].total()
    sent = max(board.tally.sent[kind], answered + lost)
    return Asked(sent, answered, lost, *board.whole_run(kind))


def kept_row(name: str, run: ClusterKept) -> list[str]:
    """The line of a run in the table of the panel: see `cluster_rows.COLUMNS`."""
    light, heavy = (
        [str(each.answered), *(_number(value) for value in (each.p50_ms, each.p99_ms))]
        for each in (run.light, run.heavy)
    )
    lost = f"{run.light.lost} light, {run.heavy.lost} heavy"
    return [name, repr(run), *light, *heavy, "-", "-", "-", lost]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
