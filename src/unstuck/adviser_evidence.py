"""What a learner has measured, sorted: only what is from here, and of late, counts as evidence.

seen = Evidence([board, found, *waits])
seen.board().row("python", "pool", "pure CPU")      or MeasureFirst, which says what to run
"""

import datetime
from collections.abc import Iterable

from unstuck.adviser_doubts import boards_apart, breakevens_apart, ships_with_the_course
from unstuck.breakeven_points import of_hatch
from unstuck.breakeven_result import BreakEven
from unstuck.breakeven_words import busy
from unstuck.passages import Passage
from unstuck.pitfall import Waits
from unstuck.pool_sizes import Sweep
from unstuck.scoreboard_result import Scoreboard
from unstuck.scoreboard_rows import Row, Stay
from unstuck.trial import Trial, machine_label

OLD = 30  # days after which a machine, or its software, may be another one
CALLS = {
    Scoreboard: "await scoreboard()",
    BreakEven: "await find_breakeven()",
    Waits: "await light_beside_heavy()",
    Passage: "await try_roads('bytes')",
    Trial: "await measure('inline', inline.run, is_prime_fast, number)",
    Sweep: "await sweep()",
}
_NAMES = {Scoreboard: "scoreboard", BreakEven: "break-even", Waits: "waits of light requests"}
_NAMES |= {Passage: "roads", Trial: "trial", Sweep: "sweep over pool sizes"}


class MeasureFirst(Exception):
    """A result that is needed is not there; `call` is what measures it, the text says why."""

    def __init__(self, call: str, why: str):
        super().__init__(f"{why}: {call}")
        self.call, self.why = call, why


class Evidence:
    """Results of any kinds, in any nesting of lists and dicts, in the order of their making.

    TypeError for what is no result of the course.
    """

    def __init__(self, results: object = (), today: datetime.date | None = None):
        self.results = list(_flat(results))
        self.today = today or datetime.date.today()

    def all(self, kind: type) -> list:
        """Return all results of a kind that are from here and of late, the newest last."""
        mine = [each for each in self.results if type(each) is kind]
        return [each for each in mine if not self.problem(each)]

    def newest(self, kind: type):
        """Return the newest of them; MeasureFirst says what to run where there is none."""
        if found := self.all(kind):
            return found[-1]
        strange = [self.problem(each) for each in self.results if type(each) is kind]
        name = _NAMES[kind]
        why = f"the {name} {strange[-1]}" if strange else f"there is no {name} of yours yet"
        raise MeasureFirst(CALLS[kind], why)

    def problem(self, result: object) -> str:
        """Say what keeps a result from being evidence; "" for nothing."""
        machine = getattr(result, "machine", "") or machine_label()
        if machine != machine_label() or ships_with_the_course(result):
            return f"was recorded elsewhere ({machine})"
        days = self._age(getattr(result, "date", ""))
        return f"is {days} days old" if days > OLD else ""

    def _age(self, date: str) -> int:
        try:
            return (self.today - datetime.date.fromisoformat(date)).days
        except ValueError:  # it does not tell
            return 0

    def doubts(self) -> list[str]:
        """Say which of the newest results were measured while others used the machine."""
        boards, found = self.all(Scoreboard)[-1:], self.all(BreakEven)[-1:]
        strange = [each for each in boards if each.unsure]
        strange += [each for each in found if busy(each.points)]
        return [cited("unsure: others used the machine meanwhile", each) for each in strange]

    def board(self) -> Scoreboard:
        """Return the newest scoreboard; MeasureFirst where two of them contradict each other."""
        boards = self.all(Scoreboard)
        if len(boards) > 1 and (told := boards_apart(*boards[-2:])):
            raise MeasureFirst(CALLS[Scoreboard], f"your two scoreboards contradict: {told}")
        return self.newest(Scoreboard)

    def row(self, runtime: str, hatch: str, work: str) -> Row:
        """Return a measured row of it; MeasureFirst where it is not there, or was recorded."""
        found = self.board().row(runtime, hatch, work)
        if found is not None and not found.missing and not found.recorded:
            return found
        why = "is not on your scoreboard"
        if found is not None:
            why = "was recorded elsewhere" if found.recorded else f"is missing: {found.missing}"
        raise MeasureFirst(CALLS[Scoreboard], f"{hatch} in {runtime} with {work} {why}")

    def stay(self, runtime: str, hatch: str) -> Stay:
        """Return how a hatch bore a bad guest here; MeasureFirst where that is not known."""
        found = self.board().stay(runtime, hatch)
        known = found is not None and not found.recorded
        if known and found.crash in ("told", "all ended"):
            return found
        raise MeasureFirst(CALLS[Scoreboard], f"no guest was let into {hatch} in {runtime} here")

    def pays_from(self, hatch: str) -> float | None:
        """Return the task in ms from which on a hatch pays, None: never; or MeasureFirst."""
        found = self.all(BreakEven)
        newest = self.newest(BreakEven)
        points = of_hatch(newest.points, hatch, 0)
        if not points or points[0].recorded:
            why = "was recorded elsewhere" if points else "is not in your break-even"
            raise MeasureFirst(CALLS[BreakEven], f"{hatch} {why}")
        if len(found) > 1 and (told := breakevens_apart(hatch, *found[-2:])):
            raise MeasureFirst(CALLS[BreakEven], f"your two break-evens contradict: {told}")
        return newest.breakeven_ms[hatch]


def cited(text: str, result: object, kind: type | None = None) -> str:
    """Return a sentence with its source: which result, and of which day."""
    date = getattr(result, "date", "") or "this session"
    return f"{text} ({_NAMES[kind or type(result)]}, here, {date})"


def _flat(results: object) -> Iterable:
    if type(results) in CALLS:
        yield results
    elif isinstance(results, dict):
        yield from _flat(list(results.values()))
    elif isinstance(results, list | tuple | set):
        for each in results:
            yield from _flat(each)
    elif results is not None and not _is_other_result(results):
        raise TypeError(f"give results of the course, such as a scoreboard; not {results!r:.60}")


def _is_other_result(value: object) -> bool:
    """Say whether it is a result of another kind, which the adviser does not use."""
    return type(value).__module__.startswith("unstuck.")
