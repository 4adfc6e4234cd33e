"""Make this machine's result card: a small file for the room's pool, with no name in it.

    await result_card()                        measures all of it, at most a minute
    await result_card(results=[found, sweep])  takes what was found before: BreakEven and Sweep

The card says what kind of machine this is, how long each hatch takes to start, from which task on
each pays, and how much sooner a pool is with more workers. `read_cards` in unstuck.room pools them.
"""

import asyncio
import contextlib
import json
import platform
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from unstuck.abilities import gil_state
from unstuck.breakeven import Finder
from unstuck.breakeven_hatches import opened, usable
from unstuck.card_form import Kind, ResultCard, Spread, spread_of
from unstuck.card_parts import break_evens, node_starts, of_results, speedups
from unstuck.machine import effective_cores, find_node, runtime_problem, usable_cpus, usable_memory
from unstuck.pool_sizes import Sweep, sizes_to_try, sweep
from unstuck.trial import today
from unstuck.workloads import is_small, nothing

SECONDS, SMALL_SECONDS = 60.0, 10.0  # the most that measuring may take
_END, _SMALL_END = 6.0, 2.0  # seconds that a search may need beyond its budget
_QUIET = 0.85  # of its CPUs a process gets at least so much where nobody else works
_SYSTEMS = {"Linux": "Linux", "Darwin": "macOS", "Windows": "Windows"}


async def result_card(
    path: str | Path = "my_card.json", results: Sequence = (), recorded: str = ""
) -> ResultCard:
    """Write the card of this machine into a file and return it; an older file is replaced.

    `results` are BreakEven and Sweep objects of this machine; what they do not tell is measured,
    within 60 s (10 s where UNSTUCK_SMALL=1), and what the time is too short for is left out.
    `recorded` is for cards of the course. ValueError for results of another machine.
    """
    parts = of_results(results)
    if runtime_problem() is None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SMALL_SECONDS if is_small() else SECONDS):
                await _measure(parts, time.monotonic())
    card = _card(parts, recorded)
    await asyncio.to_thread(_write, card, path)
    return card


def _write(card: ResultCard, path: str | Path) -> None:
    text = json.dumps(card.as_dict(), indent=1)
    Path(path).write_text(text + "\n", encoding="utf-8")


def _card(parts: dict, recorded: str) -> ResultCard:
    """Return the card; it is busy where this process did not get its CPUs, or did too well."""
    kind = kind_of_machine()
    card = ResultCard(kind, today(), **parts, small=is_small(), recorded=recorded)
    few = kind.cores is not None and kind.cores < _QUIET * kind.cpus
    many = card.best is not None and card.best[1].median > kind.cpus / _QUIET
    return replace(card, busy=few or many or card.uneven)


def kind_of_machine() -> Kind:
    """Look at this machine for 0.3 s; what kind it is, without a name."""
    cores = None if runtime_problem() else effective_cores()
    node = None if runtime_problem() else find_node().version
    return Kind(
        _SYSTEMS.get(platform.system(), "other"),
        usable_cpus(),
        round(usable_memory() / 1e9),
        platform.python_version(),
        gil_state(),
        node and node.lstrip("v"),
        cores or None,
    )


async def _measure(parts: dict[str, dict], begun: float) -> None:
    """Fill the parts that are empty; what was measured before a time-out stays."""
    if not parts["speedup"]:
        parts["speedup"] |= speedups(await _sweep())
    await _add_starts(parts["start"])
    if not parts["breakeven"]:
        budget = SMALL_SECONDS - _SMALL_END if is_small() else SECONDS - _END
        left = budget - (time.monotonic() - begun)
        finder = Finder(payloads=[0], budget_seconds=max(1.0, left))
        try:
            await finder.run()
        finally:
            parts["breakeven"] |= break_evens(finder.result())
            parts["start"] |= node_starts(finder.result())


async def _sweep() -> Sweep:
    """Let pools of each size work; the smallest one needs some two seconds a round, at most."""
    sizes = sizes_to_try(usable_cpus(), usable_memory())
    tasks = 2 * max(sizes)
    return await sweep(sizes, tasks, min(0.1, 2 / tasks))


async def _add_starts(starts: dict[str, Spread]) -> None:
    """Open each hatch cold, several times, and wait for the answer to an empty task."""
    for name in usable()[0][1:]:  # the first is inline, which starts nothing
        runs = [await _start(name) for _ in range(2 if is_small() else 5)]
        starts[name] = spread_of(runs)


async def _start(name: str) -> float:
    begun = time.perf_counter()
    async with opened(name, 1) as run:
        await run(nothing)
        return time.perf_counter() - begun
