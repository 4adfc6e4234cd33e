"""The machine card as text: what this machine has of what the course uses, and how to mend it.

    print(describe(card()))

This is also the one place to ask about the machine: it hands out what the files `abilities`,
`capacity`, `machine_card`, `node_finder` and `worker_count` find.
"""

import textwrap
from collections.abc import Iterator

from unstuck.abilities import kernel_problem, runtime_problem
from unstuck.capacity import effective_cores, usable_cpus, usable_memory
from unstuck.machine_card import Card, card
from unstuck.node_finder import Node, find_node
from unstuck.worker_count import MB, Workers, default_workers

__all__ = [
    "Card",
    "Node",
    "Workers",
    "card",
    "default_workers",
    "describe",
    "effective_cores",
    "find_node",
    "runtime_problem",
    "usable_cpus",
    "usable_memory",
]

WIDTH = 80  # columns of the card
NEEDED_BYTES = 700 * MB  # the most that a notebook and its children may use


def describe(card: Card) -> str:
    """The card for people: aligned lines of at most 80 columns, and last what to mend and how."""
    lines = [_wrapped(f"{label:<16}", text) for label, text in _rows(card)]
    mends = [_wrapped("- ", text) for text in _mends(card)]
    mends = mends or ["Everything the course needs is here."]
    return "\n".join([*lines, "", "To mend", *mends])


def _rows(card: Card) -> Iterator[tuple[str, str]]:
    quota = "no quota" if card.cpu_quota is None else f"quota {card.cpu_quota:g}"
    cores = card.effective_cores
    workers = default_workers(cpus=card.usable_cpus, memory=card.memory_bytes)
    yield "System", card.system or "unknown"
    yield "Usable CPUs", f"{card.usable_cpus} of {card.visible_cpus} visible, {quota}"
    yield "Measured cores", "not measured" if cores is None else f"{cores:g} kept busy by threads"
    yield "Memory", _megabytes(card.memory_bytes) if card.memory_bytes else "unknown"
    yield "Workers", "none" if card.runtime_problem else workers.reason
    yield "Python", f"{card.python}, GIL {card.gil}"
    yield "Interpreters", "available" if card.interpreters else "not available"
    yield "Start methods", ", ".join(card.start_methods) or "none"
    yield "Node.js", f"{card.node} ({card.node_path})" if card.node else "not available"


def _mends(card: Card) -> Iterator[str]:
    if card.runtime_problem:
        yield f"{card.runtime_problem} To run everything, use a local JupyterLab or Binder."
        return  # what else is missing follows from this
    if card.node_problem:
        yield card.node_problem
    if problem := kernel_problem():
        yield problem
    if not card.interpreters:
        yield _interpreters_mend(card)
    if card.usable_cpus == 1:
        yield "One usable CPU: no speed-up can be seen here; what the course says stays true."
    if 0 < card.memory_bytes < NEEDED_BYTES:
        room = f"{_megabytes(card.memory_bytes)} of memory is below {_megabytes(NEEDED_BYTES)}"
        yield f"{room}, which a notebook may need: run one at a time, or raise the limit."


def _interpreters_mend(card: Card) -> str:
    major, minor = (int(part) for part in card.python.split(".")[:2])
    if (major, minor) < (3, 14):
        need = f"Interpreters need Python 3.14 or newer and this is {card.python}"
        return f"{need}: install it (python.org, conda-forge) to run them."
    return "This Python was built without interpreters: use CPython of python.org or conda-forge."


def _megabytes(size: int) -> str:
    return f"{size / MB:,.0f} MB"


def _wrapped(start: str, text: str) -> str:
    # Hyphens stay whole: a package name cut in two could not be copied.
    wrapper = textwrap.TextWrapper(WIDTH, break_on_hyphens=False)
    wrapper.initial_indent, wrapper.subsequent_indent = start, " " * len(start)
    return wrapper.fill(text)
