"""The claim ledger: each sentence of the article as an experiment with a verdict.

    await verdict("P4", runtime="node")
    await ledger()

Experiments run one after the other, for two at once would disturb each other. An experiment that
fails breaks nothing: its verdict is "cannot tell here", with the error as its sentence.
"""

import asyncio
import importlib
import time
from collections.abc import Callable, Iterable, Mapping

from unstuck.claims_list import CLAIMS
from unstuck.claims_once import once, one_run
from unstuck.claims_recorded import recorded_verdict
from unstuck.claims_seen import (
    CANNOT,
    RUNTIMES,
    VERDICTS,
    CannotTell,
    Claim,
    Experiment,
    Found,
    Verdict,
)
from unstuck.machine import find_node, runtime_problem
from unstuck.told import told
from unstuck.trial import machine_label, today

__all__ = ["RUNTIMES", "VERDICTS", "Claim", "Verdict", "claim", "ids", "ledger", "verdict"]
_DEADLINE = 60.0  # seconds for one experiment: far more than any of them needs
_MODULES = (
    *("problem", "child", "isolation", "workers", "memory", "pools", "cluster", "pods"),
    *("choosing", "article", "habits", "counting"),
)


def ids() -> list[str]:
    """Return the ids of all claims, in the order of the article."""
    return list(CLAIMS)


def claim(id: str) -> Claim:
    """Return the claim with an id; ValueError where there is none."""
    if id not in CLAIMS:
        raise ValueError(f"there is no claim {id!r}; there are: {', '.join(CLAIMS)}")
    return CLAIMS[id]


async def ledger(
    ids: Iterable[str] | None = None,
    runtimes: Iterable[str] = RUNTIMES,
    on_verdict: Callable[[Verdict], None] | None = None,
) -> list[Verdict]:
    """Return the verdicts on the claims of `ids` (None: all) in each of `runtimes`.

    `on_verdict` hears of each as it comes. About a minute for all on a quiet machine, and three
    where much else works. ValueError for an unknown id or runtime, before anything runs.
    """
    chosen = list(CLAIMS) if ids is None else list(ids)
    wanted = list(runtimes)
    pairs = [(id, runtime) for id in chosen for runtime in wanted]
    for id, runtime in pairs:
        _check(id, runtime)
    found = []
    with one_run():
        for id, runtime in pairs:
            found.append(await verdict(id, runtime))
            if on_verdict is not None:
                on_verdict(found[-1])
    return found


async def verdict(id: str, runtime: str = "python") -> Verdict:
    """Run the experiment of a claim in a runtime, and return the Verdict.

    Without Node.js here, the recorded verdict on a claim in it, labelled as such.
    """
    _check(id, runtime)
    if runtime == "node":
        node = await asyncio.to_thread(find_node)
        if node.path is None:
            return recorded_verdict(id, node.problem)
    start = time.perf_counter()
    found = await _found(experiments()[id][runtime])
    seconds = round(time.perf_counter() - start, 2)
    origin = (machine_label(), today(), seconds)
    return Verdict(id, runtime, found.verdict, found.numbers, found.sentence, *origin)


def experiments() -> Mapping[str, Mapping[str, Experiment]]:
    """Return the experiments by id and runtime; their modules are imported here, when needed."""
    known: dict[str, Mapping[str, Experiment]] = {}
    for name in _MODULES:
        known |= importlib.import_module(f"unstuck.claims_{name}").EXPERIMENTS
    return known


def _check(id: str, runtime: str) -> None:
    claim(id)
    if runtime not in RUNTIMES:
        raise ValueError(f"a runtime is one of {', '.join(RUNTIMES)}, not {runtime!r}")


async def _found(experiment: Experiment) -> Found:
    if problem := runtime_problem():
        return Found(CANNOT, problem)
    try:
        async with asyncio.timeout(_DEADLINE):
            return await once(experiment)
    except CannotTell as reason:
        return Found(CANNOT, _as_sentence(f"{reason}."))
    except TimeoutError as error:
        return Found(CANNOT, f"It did not end in time ({told(error)}).")
    except Exception as error:  # whatever it is: the other claims are still to be tried
        return Found(CANNOT, f"The experiment failed: {told(error)}")


def _as_sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
