"""The adviser's first rules: too much work, code nobody should trust, waits, and little work."""

import math

from unstuck import adviser_words as words
from unstuck.adviser_advice import Advice
from unstuck.adviser_case import FULL, Case
from unstuck.adviser_evidence import CALLS, MeasureFirst, cited
from unstuck.breakeven_words import milliseconds
from unstuck.pitfall import Waits
from unstuck.scoreboard_result import Scoreboard

_MOST_THREADS = 1000  # each has a stack, and the system's scheduler has to know it
_COMPUTES = "if it began to compute: profile it, and ask again with its cpu_ms"


def full(case: Case) -> Advice | None:
    """More work than all CPUs can do: say how many are needed."""
    service, cpus = case.service, case.cpus
    if service.kubernetes or service.untrusted or service.load < cpus:
        return None
    least, good = math.floor(service.load) + 1, math.ceil(service.load / FULL)
    text = (
        f"{service.requests_per_second:g} requests/s of {service.cpu_ms:g} ms need "
        f"{service.load:.2f} CPUs, and there {'is' if cpus == 1 else 'are'} {cpus}: the queue "
        f"would grow for ever. At least {least} CPUs are needed, {good} for queues that stay short"
    )
    change = [f"with cpus={good}: ask again", "with a better algorithm: profile first"]
    change.append("beyond one machine: the same verb runs on dask.distributed, in notebook 10")
    return Advice("more CPUs", f"cpus={good}", (text,), tuple(change))


def untrusted(case: Case) -> Advice | None:
    """Code that nobody should trust goes into a program of its own."""
    service = case.service
    if not service.untrusted:
        return None
    stay = case.seen.stay(service.runtime, "child")
    if not stay.isolated:
        raise MeasureFirst(CALLS[Scoreboard], f"the child did not keep a guest apart: {stay.words}")
    row = case.row("child", "pure CPU")
    cost = 1e3 * row.start_seconds
    needed = service.requests_per_second * (cost + service.cpu_ms) / 1e3
    if needed >= case.cpus:
        return _too_many_starts(case, cost, needed)
    because = [cited(f"in a child {stay.words}", case.board)]
    because.append(cited(f"a start costs {milliseconds(cost)}, with each request", case.board))
    because.append(f"starts and computing need {needed:.2f} of {case.cpus} CPUs")
    change = ["if the code were your own: ask again with untrusted=False"]
    change.append("if it must not read your files: another user, a container or a virtual machine")
    return Advice("child with limits", words.child(service), tuple(because), tuple(change))


def _too_many_starts(case: Case, cost: float, needed: float) -> Advice:
    good = math.ceil(needed / FULL)
    text = f"a child for each request: its start of {milliseconds(cost)} and the computing need "
    text = f"{text}{needed:.1f} CPUs, and there are {case.cpus}"
    change = (f"with cpus={good}: ask again",)
    return Advice("more CPUs", f"cpus={good}", (cited(text, case.board),), change)


def waiting(case: Case) -> Advice | None:
    """Requests that wait, and compute so little that no hatch would pay."""
    service = case.service
    if not service.waits_ms:
        return None
    because, change = _light(case) if service.cpu_ms else ((), (_COMPUTES,))
    if because is None or service.load >= FULL:
        return None
    at_once = max(1, math.ceil(service.waiting))
    because = (*because, f"{service.waiting:.1f} requests wait at the same time, in the mean")
    if service.blocking_wait and 2 * at_once > _MOST_THREADS:
        because = (*because, f"threads would be {2 * at_once:,}: find a driver that can be awaited")
    elif service.blocking_wait and service.runtime == "python":
        because = (*because, case.told("threads", "waiting"))
        change = (*change, "if the driver could be awaited: async IO, without threads")
        return Advice("asyncio with to_thread", words.to_thread(2 * at_once), because, change)
    because = (*because, case.told("await", "waiting"))
    if service.blocking_wait and service.runtime == "node":
        because = (*because, "in Node.js what blocks has an asynchronous form: take that")
    return Advice("async IO", words.awaited(service.runtime), because, change)


def light(case: Case) -> Advice | None:
    """Requests that compute so little that the way to a worker costs more."""
    because, change = _light(case)
    if because is None:
        return None
    if case.service.load < FULL:
        because = (*because, case.queue(1))
        grow = FULL * 1e3 / case.service.cpu_ms
        change = (*change, f"above {grow:.0f} requests/s, where one loop is full: more loops")
        return Advice("stay inline", words.inline(case.service.runtime), because, change)
    return _more_loops(case, because, change)


def _light(case: Case) -> tuple[tuple | None, tuple]:
    """Return the numbers that say that no hatch pays for so little; None where one does."""
    pays = case.pays()
    if case.service.cpu_ms >= pays.ms:
        return None, ()
    because = (pays.sentence, f"a request computes {milliseconds(case.service.cpu_ms)}")
    return because, (f"if cpu_ms rose above {pays.ms:.2g}: a worker",)


def _more_loops(case: Case, because: tuple, change: tuple) -> Advice:
    """No task is worth a worker, and all together fill a loop: several loops on one port."""
    service, size = case.service, case.size
    mine = [each for each in case.seen.all(Waits) if each.runtime == service.runtime]
    seen = {each.setup: each for each in mine}
    if not {"one server", "a cluster of 2"} <= set(seen):
        why = f"there are no waits at a cluster in {service.runtime} of yours yet"
        raise MeasureFirst(CALLS[Waits], why)
    one, two = seen["one server"], seen["a cluster of 2"]
    text = f"light requests waited {one.p50_ms:.1f} ms at one server, {two.p50_ms:.1f} ms at two"
    because = (*because, f"one loop would be {service.load:.0%} busy", case.queue(size))
    because = (*because, cited(f"{text} (p50)", two))
    category = "Node cluster" if service.runtime == "node" else "server workers"
    change = (*change, "behind a platform that starts and balances: kubernetes=True")
    return Advice(category, words.workers(service, size), because, change)
