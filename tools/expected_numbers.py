"""Writes workshop/expected_numbers.md: what learners see on 1, 2, 4 and 8 CPUs.

    python tools/expected_numbers.py

Numbers of 1 and 2 CPUs were measured by tools/expected_measure.py, and are kept in
expected_numbers.json. Those of 4 and 8 are computed, by the formula that stands beside each row.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from pathlib import Path

from expected_measure import HATCHES, KEPT, MOST_WORKERS

ROOT = Path(__file__).resolve().parent.parent
TEXT = ROOT / "workshop" / "expected_numbers.md"
RATE = 20  # light requests a second


def medians(kept: dict) -> dict[int, dict[str, float]]:
    """By number of CPUs, the median of each number over the rounds."""
    return {
        int(cpus): {
            name: statistics.median(each[name] for each in rounds if name in each)
            for name in {name for each in rounds for name in each}
        }
        for cpus, rounds in kept["rounds"].items()
    }


def spreads(kept: dict, name: str, cpus: int) -> tuple[float, float]:
    """The least and the most of a number over the rounds."""
    values = [each[name] for each in kept["rounds"][str(cpus)] if name in each]
    return min(values), max(values)


def helper_threads(cpus: int) -> int:
    """The size of asyncio's own pool of threads."""
    return min(32, cpus + 4)


def job(kept: dict, name: str, cpus: int) -> float:
    """What blocks the loop itself takes as long on any number of CPUs; servers have one each."""
    return JOBS[name]


def least(kept: dict, name: str, cpus: int) -> float:
    """A job that uses one CPU beside the loop gains nothing from a third: the calmest round."""
    return spreads(kept, name, 2)[0]


def speed_up(kept: dict, name: str, cpus: int) -> float:
    """The share of two CPUs that a pool gained in the recorded run, times a lesson's workers."""
    return recorded_gain() / 2 * min(MOST_WORKERS, cpus)


def recorded_gain() -> float:
    """The recorded machine, at a quiet moment: its loop's time over its pool's, largest task."""
    from unstuck.results import read, recorded_path

    (found,) = read(recorded_path("breakeven"))
    points = [each for each in found.points if (each.hatch, each.payload_bytes) == ("pool", 0)]
    largest = max(points, key=lambda each: each.task_ms)
    return statistics.median(largest.loop_ms) / statistics.median(largest.runs_ms)


def waits(kept: dict, name: str, cpus: int) -> float:
    """40 waits of 0.1 s leave the pool in waves."""
    return math.ceil(40 / helper_threads(cpus)) * 0.1


JOBS = {
    "flat python": 1.0,
    "flat node": 1.0,
    "waiting python": RATE * 1.0,
    "waiting node": RATE * 1.0,
    "late inline": 500.0,
    "median inline": 250.0,
    "median threads": 5.0,
}
CALM = "the least on 2"
BLOCKED = (
    ("Python server flat, s", "flat python", ".1f", job, "the job, 1 s"),
    ("its requests waiting at most", "waiting python", ".0f", job, "20 a second x 1 s"),
    ("Node.js server flat, s", "flat node", ".1f", job, "the job, 1 s"),
    ("its requests waiting at most", "waiting node", ".0f", job, "20 a second x 1 s"),
)
LATEST = [
    ("inline", "late inline", ".0f", job, "the job, 500 ms"),
    *((hatch, f"late {hatch}", ".0f", least, CALM) for hatch in HATCHES[1:]),
]
MEDIAN = [
    ("inline", "median inline", ".1f", job, "half of the job"),
    ("threads", "median threads", ".1f", job, "the switch interval, 5 ms"),
    *((hatch, f"median {hatch}", ".1f", least, CALM) for hatch in HATCHES[2:]),
]
START = [(hatch, f"start {hatch}", ".1f", least, CALM) for hatch in HATCHES]
MANY = (
    (
        "a pool against the loop, times as quick",
        "speed-up",
        ".1f",
        speed_up,
        "half of the recorded gain on 2, times min(4, CPUs)",
    ),
    (
        "40 waits of 0.1 s in threads, s",
        "waits",
        ".1f",
        waits,
        "0.1 x ceil(40 / min(32, CPUs + 4))",
    ),
)


def table(kept: dict, rows) -> str:
    """One table: measured with its spread, computed with its formula."""
    found = medians(kept)
    lines = [
        "| | 1 CPU, measured | 2 CPUs, measured | 4 CPUs, computed | 8 CPUs, computed | formula |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for label, name, form, formula, words in rows:
        cells = [label]
        for cpus in (1, 2):
            low, high = spreads(kept, name, cpus)
            cells.append(f"{found[cpus][name]:{form}} ({low:{form}} to {high:{form}})")
        cells += [f"{formula(kept, name, cpus):{form}}" for cpus in (4, 8)]
        lines.append(f"| {' | '.join([*cells, words])} |")
    return "\n".join(lines)


def text(kept: dict) -> str:
    """The whole of expected_numbers.md."""
    low, high = kept["load"]
    rounds = len(kept["rounds"]["2"])
    return f"""# Expected numbers

<!-- Written by tools/expected_numbers.py from expected_numbers.json. -->

Measured on {kept["date"]}: {kept["machine"]}, Python {kept["python"]}, {rounds} rounds; other
programs used the machine too (load {low:.1f} to {high:.1f}), so the spread is wide. A measured
cell is the median, with the least and the most in parentheses; lateness and starts on a quiet
machine are near the least. One CPU means that the process was tied to one (`taskset -c 0`).

The size of each job is found before it runs; where others were at work at that moment, it came out
too small or too large. A pool that seems more than twice as quick on 2 CPUs is such a moment too.

**4 and 8 CPUs are computed, not measured**, by the formula of the row, for a quiet machine. Trust
ratios and orders of magnitude; a learner's own numbers decide.

## Both servers blocked for one second

`watch("both", seconds=1.0)`, {RATE} light requests a second. On one CPU the two servers share it,
so each may be flat for longer than it computes. The number that waits is about the rate times the
flat time.

{table(kept, BLOCKED)}

## The latest beat, in ms

One job of 0.5 s, three times (`python -m unstuck trial pool --seconds 0.5`). Inline it is the
whole job.

{table(kept, LATEST)}

## The median beat, in ms

With threads it is about one turn under the GIL, 5 ms, on any number of CPUs, and more where others
use them.

{table(kept, MEDIAN)}

## The first answer, in ms

An empty task through a hatch that is not warm yet.

{table(kept, START)}

## More CPUs

The recorded machine, at a quiet moment, did tasks in a pool {recorded_gain():.2f} times as quick
as in the loop, on 2 CPUs: the computed values start from that, and take for granted that 4 CPUs
are as well used as 2. Real ones share caches and slow down together, so expect less. A lesson
starts at most {MOST_WORKERS} workers, so 8 CPUs gain no more than 4. asyncio's own pool of threads
has {", ".join(map(str, map(helper_threads, (1, 2, 4, 8))))} on 1, 2, 4, 8 CPUs (Pythons older than
3.13 count all CPUs of the machine).

{table(kept, MANY)}
"""


def main() -> int:
    """Write the text."""
    TEXT.write_text(text(json.loads(KEPT.read_text("utf-8"))), encoding="utf-8")
    print(TEXT.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
