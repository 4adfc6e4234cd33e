"""Judges exercise 7.1: is the chosen road for each payload as cheap as the best one here?"""

import asyncio

from unstuck.exercises.exercise import Result
from unstuck.exercises.own_thread import BUSY, still_running
from unstuck.roads import Roads
from unstuck.told import told

ROADS = ("process, pickle", "process, reused block", "process, shared block")
_MIB = 2**20
CASES = {  # what is sent: (shape, bytes, the roads that can be taken)
    "two bytes": ("bytes", 2, ROADS[:2]),
    "4 MiB, new for each task": ("bytes", 4 * _MIB, ROADS[:2]),
    "4 MiB, the same for all tasks": ("bytes", 4 * _MIB, ROADS),
    "a list of 100,000 ints": ("list", 800_000, ROADS[:1]),
}
_NOISE = 1.5  # two roads within this factor, or within 0.3 ms, cost the same
_TRIES = 3  # all of which have to find a road dear, before it is refused
_DEADLINE = 15.0  # seconds for all measurements; they take about two
_WHY_NOT = {
    "list": "a list is many objects and no buffer: it can only be pickled",
    "bytes": "what is new for each task must first be written into the block",
}


async def judge_chosen(answer) -> Result:
    """Refuse roads that cannot be taken, without measuring them; measure each of the others."""
    if not isinstance(answer, dict) or set(answer) != set(CASES):
        return Result("not yet", f"The answer is a dict with the keys {_listed(CASES)}.")
    for case, (shape, _, possible) in CASES.items():
        if (road := answer[case]) not in ROADS:
            return Result("not yet", f"{case}: {road!r:.80} is no road here: {_listed(ROADS)}.")
        if road not in possible:
            return Result(
                "not yet", f"{case}: {road!r} cannot be taken, not measured: {_WHY_NOT[shape]}."
            )
    if still_running():
        return Result("cannot tell here", BUSY)
    try:
        async with asyncio.timeout(_DEADLINE):
            return await _measured(answer)
    except Exception as error:  # no code of the learner runs here
        return Result("cannot tell here", f"The roads could not be measured: {told(error)}")


def _listed(names) -> str:
    return ", ".join(repr(name) for name in names)  # they have commas in them


async def _measured(answer: dict[str, str]) -> Result:
    async with Roads() as roads:
        for case in CASES:
            dear = [await _dearer(roads, case, answer[case]) for _ in range(2)]
            while all(dear) and len(dear) < _TRIES:
                dear.append(await _dearer(roads, case, answer[case]))
            if all(dear):
                return Result("not yet", f"{case}: {dear[-1]}.")
            if any(dear):
                text = f"{case}: the measurements differ, the machine is busy."
                return Result("cannot tell here", text)
    return Result("right", "Two measurements of each payload agree with you.")


async def _dearer(roads: Roads, case: str, chosen: str) -> str | None:
    """Say how much dearer the chosen road was than the best one; None where it was not."""
    shape, size, possible = CASES[case]
    seen = await roads.measure(shape, size, rounds=5)
    # The quickest of the runs: on a busy machine a wait in some of them says nothing of the road.
    times = {each.road: min(each.runs) for each in seen if each.road in possible}
    best = min(times, key=times.get)
    if times[chosen] <= max(_NOISE * times[best], times[best] + 3e-4):
        return None
    took, least = times[chosen] * 1e3, times[best] * 1e3
    return f"{chosen!r} took {took:.2f} ms, and another road {least:.2f} ms"
