"""Writes the performance sentences and the figure of paper/paper.md from the recorded results.

    python tools/paper_numbers.py

It measures nothing: what it says comes from src/unstuck/recorded, with the machine and the date.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAPER = ROOT / "paper" / "paper.md"
FIGURE = ROOT / "paper" / "figures" / "breakeven.png"
RECORDED = ROOT / "src" / "unstuck" / "recorded"
BEGIN, END = "<!-- numbers: begin -->", "<!-- numbers: end -->"
USED = (
    "server",
    "blocked_loop",
    "free_threads",
    "breakeven",
    "sharing",
    "atomics",
    "fork_for_ever",
)
LARGE = 2**24  # bytes: the payload that the sentence on roads is about


def recorded(stem: str) -> dict:
    """One recorded run."""
    return json.loads((RECORDED / f"{stem}.json").read_text("utf-8"))


def last(stem: str, kind: str) -> dict:
    """The last line of a kind in a recorded run."""
    return [line for line in recorded(stem)["lines"] if line.get("kind") == kind][-1]


def on_blocking() -> str:
    """A server that computes, and the requests at its door."""
    seen = last("server", "seen")
    return (
        f"A Node.js server that computed for {seen['seconds']:.1f} s was flat for "
        f"{seen['flat_seconds']:.2f} s; of {seen['sent']} light requests {seen['most_waiting']} "
        f"waited at the same time, and {seen['answered']} were answered in the end."
    )


def on_interpreters() -> str:
    """The same kind of job on the loop, and beside it under a GIL of its own."""
    inline = last("blocked_loop", "trial")
    beside = recorded("python_interpreters")["trials"][0]
    return (
        f"Half a second of computing made the latest beat of a Node.js loop "
        f"{inline['lag']['max_ms']:.0f} ms late; in an interpreter beside Python's loop it was "
        f"{beside['lag_max_ms']:.1f} ms."
    )


def on_threads() -> str:
    """Two jobs in two threads, with the GIL and without."""
    builds = {line["gil"]: line for line in recorded("free_threads")["lines"]}
    with_gil, without = (builds[gil]["two"] / builds[gil]["one"] for gil in (True, False))
    return (
        f"Two jobs in two threads took {with_gil:.1f} times as long as one under the GIL, and "
        f"{without:.1f} times without it."
    )


def on_breakeven() -> str:
    """From which task on each hatch pays, in the finder's own words."""
    from unstuck.results import read, recorded_path

    (found,) = read(recorded_path("breakeven"))
    return found.sentence


def on_roads() -> str:
    """What a large payload costs along five roads."""
    from unstuck.results import read, recorded_path

    passages = read(recorded_path("passage"))
    cost = {p.road: p.seconds * 1e3 for p in passages if (p.shape, p.size) == ("bytes", LARGE)}
    return (
        f"To send {LARGE // 2**20} MiB there and back took {cost['process, pickle']:.0f} ms by "
        f"pickle, {cost['process, reused block']:.1f} ms by a block of shared memory used again, "
        f"and {cost['worker, transfer']:.1f} ms by a transfer in Node.js; one copy in memory took "
        f"{cost['memcpy']:.1f} ms."
    )


def on_atomics() -> str:
    """Two workers that add to one number without a lock."""
    plain = last("atomics", "atomics")["plain"]
    expected = last("atomics", "atomics")["expected"]
    share = 100 * plain["lost"] / expected
    return f"Of {expected:,} additions by two workers without a lock, {share:.0f} % were lost."


def on_restarts() -> str:
    """The recipe that starts a failing worker again for ever."""
    forks = last("fork_for_ever", "forks")
    return (
        f"A recipe that starts again whatever worker ends made {forks['forks']} forks in "
        f"{forks['seconds']} s."
    )


SENTENCES = (
    on_blocking,
    on_interpreters,
    on_threads,
    on_breakeven,
    on_roads,
    on_atomics,
    on_restarts,
)


def origin() -> str:
    """Where the numbers come from."""
    dates = sorted(recorded(stem)["date"] for stem in USED)
    return f"Recorded from {dates[0]} to {dates[-1]} on {recorded('server')['machine']}."


def sentences() -> Iterator[str]:
    """All of them, the origin first."""
    yield origin()
    for each in SENTENCES:
        yield each()


def with_numbers(text: str) -> str:
    """The paper with its sentences between the two marks."""
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    lines = "\n".join(sentences())
    return f"{head}{BEGIN}\n{lines}\n{END}{tail}"


def draw() -> None:
    """The figure, from the same recorded break-even."""
    from unstuck.breakeven_chart import breakeven_chart
    from unstuck.results import read, recorded_path

    FIGURE.parent.mkdir(exist_ok=True)
    (found,) = read(recorded_path("breakeven"))
    FIGURE.write_bytes(breakeven_chart(found).png)


def main() -> int:
    """Write the sentences and the figure."""
    PAPER.write_text(with_numbers(PAPER.read_text("utf-8")), encoding="utf-8")
    draw()
    print(PAPER.relative_to(ROOT), FIGURE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
