"""What speaks for each answer of the decision tree: a sentence with numbers from own trials.

Each function takes the evidence, and raises MeasureFirst where what it needs is not there.
"""

from collections.abc import Callable

from unstuck.adviser_evidence import CALLS, Evidence, MeasureFirst, cited
from unstuck.breakeven_result import BreakEven
from unstuck.breakeven_words import milliseconds
from unstuck.passages import Passage
from unstuck.pitfall import Waits
from unstuck.scoreboard_rows import GUEST, RUNTIMES
from unstuck.trial import Trial

Cite = Callable[[Evidence], str]
_SLOW, _QUICK = ("is_prime(", "isPrime"), ("is_prime_fast(", "isPrimeFast")


def _side_by_side(work: str, *hatches: str) -> Cite:
    """Rates and lag of some hatches with a work, in each runtime that was measured."""

    def cite(seen: Evidence) -> str:
        told = [_told(seen, "python", work, hatches)]
        for runtime in [name for name in seen.board().runtimes if name != "python"]:
            try:
                told.append(_told(seen, runtime, work, hatches))
            except MeasureFirst:
                continue  # this runtime has no such hatch, or was recorded elsewhere
        return cited("; ".join(told), seen.board())

    return cite


def _told(seen: Evidence, runtime: str, work: str, hatches: tuple[str, ...]) -> str:
    rows = [seen.row(runtime, name, work) for name in hatches]
    words = (f"{row.hatch} {row.rate:.0f}/s, lag {row.lag_p99_ms:.0f} ms" for row in rows)
    return f"{work} in {RUNTIMES[runtime]}: {', '.join(words)}"


def _algorithm(seen: Evidence) -> str:
    """Two trials of the same question: by trial division, and by a better algorithm."""
    trials = seen.all(Trial)
    slow = [t for t in trials if t.work.startswith(_SLOW) and not t.work.startswith(_QUICK)]
    quick = [t for t in trials if t.work.startswith(_QUICK)]
    if not (slow and quick):
        raise MeasureFirst(CALLS[Trial], "there are no trials of two algorithms yet")
    before, after = slow[-1], quick[-1]
    times = before.seconds / max(after.seconds, 1e-9)
    text = f"{after.work} takes {milliseconds(1e3 * after.seconds)} in place of "
    text += f"{milliseconds(1e3 * before.seconds)}, {times:,.0f} times less, without a worker"
    return cited(text, after)


def _profiled(seen: Evidence) -> str:
    """What a task costs in the loop: that is what a profile has to explain."""
    row = seen.row("python", "inline", "pure CPU")
    text = f"{milliseconds(1e3 * row.task_seconds)} of computing make the loop late by "
    return cited(f"{text}{row.lag_max_ms:.0f} ms", seen.board())


def _stay(hatch: str) -> Cite:
    def cite(seen: Evidence) -> str:
        told = []
        for runtime in seen.board().runtimes:
            try:
                told.append(f"{hatch} in {RUNTIMES[runtime]}: {seen.stay(runtime, hatch).words}")
            except MeasureFirst:
                continue
        if not told:
            raise MeasureFirst("await scoreboard()", f"{GUEST} was let into no {hatch} here")
        return cited("; ".join(told), seen.board())

    return cite


def _pays(seen: Evidence) -> str:
    """From when on warm hatches pay."""
    found = seen.newest(BreakEven)
    told = []
    for hatch in ("pool", "interpreters", "node pool"):
        if hatch in found.breakeven_ms:
            try:
                ms = seen.pays_from(hatch)
            except MeasureFirst:  # recorded elsewhere
                continue
            told.append(f"{hatch} {'never' if ms is None else f'from {milliseconds(ms)} on'}")
    if not told:
        raise MeasureFirst(CALLS[BreakEven], "no warm hatch was measured")
    return cited(f"a hatch pays: {', '.join(told)}", found)


def _waits(setup: str) -> Cite:
    def cite(seen: Evidence) -> str:
        seen.newest(Waits)
        mine = [each for each in seen.all(Waits) if each.setup in ("one server", setup)]
        told = [
            f"{each.setup} ({RUNTIMES[each.runtime]}) p50 {each.p50_ms:.1f} ms, p99 "
            f"{each.p99_ms:.1f} ms"
            for each in mine
        ]
        return cited(f"light requests beside heavy ones: {'; '.join(told)}", mine[-1])

    return cite


def _enough(seen: Evidence) -> str:
    row, loop = (seen.row("python", name, "pure CPU") for name in ("pool", "inline"))
    text = f"{seen.board().cpus} CPUs did {row.rate:.0f} tasks a second by a pool, "
    return cited(f"{text}and one did {loop.rate:.0f}", seen.board())


def _distributed(seen: Evidence) -> str:
    call = 'await scoreboard(["pure CPU"], ["inline", "pool", "distributed"], ["python"])'
    try:
        return _side_by_side("pure CPU", "pool", "distributed")(seen)
    except MeasureFirst as first:
        raise MeasureFirst(call, first.why) from None


def _copies(*roads: str) -> Cite:
    def cite(seen: Evidence) -> str:
        seen.newest(Passage)
        mine = [each for each in seen.all(Passage) if each.road in roads and not each.recorded]
        largest = max((each.size for each in mine), default=0)
        told = [
            f"{each.road!r} {milliseconds(1e3 * each.seconds)}"
            for each in mine
            if each.size == largest
        ]
        if not told:
            raise MeasureFirst(CALLS[Passage], "these roads were not measured here")
        return cited(f"{largest} bytes: {', '.join(told)}", mine[-1])

    return cite


def _memory(*hatches: str) -> Cite:
    def cite(seen: Evidence) -> str:
        rows = [seen.row("python", name, "pure CPU") for name in hatches]
        told = (f"{row.hatch} {row.worker_bytes / 1e6:.0f} MB a worker" for row in rows)
        rates = (f"{row.rate:.0f}/s" for row in rows)
        return cited(f"{', '.join(told)}, at {' and '.join(rates)}", seen.board())

    return cite


cites: dict[str, Cite] = {
    "algorithm": _algorithm,
    "profiled": _profiled,
    "child": _stay("child"),
    "guest": _stay("inline"),
    "waiting": _side_by_side("waiting", "inline", "await"),
    "computing": _side_by_side("pure CPU", "inline", "pool"),
    "await": _side_by_side("waiting", "await"),
    "blocking": _side_by_side("waiting", "inline", "threads"),
    "shorter": _pays,
    "longer": _pays,
    "one loop": _waits("one server"),
    "cluster": _waits("a cluster of 2"),
    "enough": _enough,
    "distributed": _distributed,
    "in C": _side_by_side("CPU in C", "inline", "threads"),
    "pure": _side_by_side("pure CPU", "inline", "threads", "pool"),
    "big payload": _copies("process, pickle", "process, reused block", "worker, transfer"),
    "small payload": _copies("process, pickle", "worker, clone"),
    "interpreters": _memory("interpreters", "pool"),
    "pool": _stay("pool"),
}
