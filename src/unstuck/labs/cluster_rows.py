"""The data table of the cluster panel: each number of the picture, at one moment."""

import time

from unstuck.cluster_traffic import KINDS, in_words
from unstuck.labs.cluster_board import Board, Worker

_OF_KINDS = [f"{kind.title()}{of}" for kind in KINDS for of in ("", " p50 (ms)", " p99 (ms)")]
COLUMNS = ("Worker", "State", *_OF_KINDS, "Memory (MB)", "Flat (s)", "Waiting", "Lost")
SILENT = 0.5  # seconds without a beat after which a loop counts as flat; the picture's number


def table(board: Board) -> list[list[str]]:
    """A row for each worker that is shown, and one for all; see COLUMNS."""
    rows = [_row(board, each) for each in board.shown()]
    memory = sum(each.memory for each in board.workers.values() if each.lives)
    alive = sum(each.state == "ready" for each in board.workers.values())
    waiting = ", ".join(f"{board.tally.waiting(kind)} {kind}" for kind in KINDS)
    lost = in_words(board.tally.all_lost())
    return [*rows, ["all", f"{alive} ready", *_told(board), _size(memory), "-", waiting, lost]]


def _row(board: Board, worker: Worker) -> list[str]:
    flat = _flat(worker)
    told = _told(board, worker.pid)
    return [str(worker.pid), worker.state, *told, _size(worker.memory), flat, "-", "-"]


def _told(board: Board, pid: int | None = None) -> list[str]:
    """Answers, p50 and p99 of light and of heavy requests, of one worker or of all."""
    words = []
    for kind in KINDS:
        answers = board.tally.answered[kind]
        words.append(str(answers.total() if pid is None else answers[pid]))
        words += [f"{each:.1f}" for each in board.figures(kind, pid)] or ["-", "-"]
    return words


def _flat(worker: Worker) -> str:
    """How long a loop has been silent; the state says why one that starts or has ended is."""
    silent = time.time() - worker.heard
    quiet = worker.state in ("starting", "ended") or silent < SILENT
    return "-" if quiet else f"{silent:.1f}"


def _size(memory: int) -> str:
    return f"{memory / 1e6:.0f}" if memory else "-"
