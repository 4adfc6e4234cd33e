"""Read V8's .cpuprofile, as `node --cpu-prof`, node:inspector and Chrome's tools write it.

It holds a tree of nodes, the node that each sample found, and the microseconds between samples.
"""

import itertools

from unstuck.flame import Flame
from unstuck.flame_calls import ALL, Call, Place, add_up
from unstuck.flame_checks import (
    NotAProfile,
    few_enough,
    listed,
    mapped,
    number,
    shallow_enough,
)
from unstuck.flame_names import is_waiting, place_of


def read_cpuprofile(document: dict) -> Flame:
    """The flame graph of a parsed .cpuprofile; NotAProfile where it contradicts itself."""
    nodes = _nodes(document)
    calls = _calls(nodes)
    samples = listed(document.get("samples", []), "The list of samples")
    timed = bool(samples)
    spent = zip(samples, _seconds(document, len(samples)), strict=True) if timed else _hits(nodes)
    for node, own in spent:
        if not isinstance(node, int) or node not in calls:
            raise NotAProfile("A sample names a call that is not in the file.")
        _spend(calls[node], own)
    counted = len(samples) if timed else int(sum(call.own for call in set(calls.values())))
    root = add_up(calls[_root(nodes)])
    return Flame(root, "node", "seconds" if timed else "samples", counted)


def _spend(call: Call, own: float) -> None:
    call.own += own
    if is_waiting(call.place.name, call.place.file):
        call.waited += own


def _nodes(document: dict) -> dict[int, dict]:
    entries = listed(document.get("nodes"), "The list of calls")
    few_enough(len(entries))
    nodes: dict[int, dict] = {}
    for entry in entries:
        name = mapped(entry, "A call").get("id")
        if not isinstance(name, int) or name in nodes:
            raise NotAProfile("Two of its calls have the same number, or one has none.")
        nodes[name] = entry
    if not nodes:
        raise NotAProfile("It holds no call at all: nothing ran while it was made.")
    return nodes


def _children(node: dict) -> list:
    return listed(node.get("children", []), "The children of a call")


def _root(nodes: dict[int, dict]) -> int:
    """The only call that nobody calls."""
    called = list(itertools.chain.from_iterable(map(_children, nodes.values())))
    if not all(isinstance(name, int) for name in called) or len(set(called)) != len(called):
        raise NotAProfile("One of its calls is called from two places.")
    roots = nodes.keys() - set(called)
    if len(roots) != 1:
        raise NotAProfile("Its calls do not begin at one root.")
    return roots.pop()


def _calls(nodes: dict[int, dict]) -> dict[int, Call]:
    """The call of each node; nodes of one function under the same caller are one call."""
    root = _root(nodes)
    calls = {root: Call(Place(ALL))}
    todo = [(root, 0)]
    while todo:
        name, depth = todo.pop()
        shallow_enough(depth)
        for child in _children(nodes[name]):
            if child not in nodes:
                raise NotAProfile("A call has a child that is not in the file.")
            calls[child] = calls[name].child(_place(nodes[child]))
            todo.append((child, depth + 1))
    if len(calls) < len(nodes):
        raise NotAProfile("Some of its calls call each other in a circle.")
    return calls


def _place(node: dict) -> Place:
    frame = mapped(node.get("callFrame"), "The function of a call")
    line = frame.get("lineNumber", -1)  # counted from 0; -1 where there is none
    name = frame.get("functionName") or "(anonymous)"
    engine = isinstance(name, str) and name.startswith("(")  # such as (idle)
    url = frame.get("url") or ("" if engine else "<native>")
    return place_of(name, url, line + 1 if isinstance(line, int) else 0)


def _seconds(document: dict, count: int) -> list[float]:
    """Seconds of each sample: it lasts until the next one. A clock that goes back counts as 0."""
    start, end = (number(document.get(name), f"Its {name}") for name in ("startTime", "endTime"))
    if "timeDeltas" not in document:
        return [max(0.0, end - start) / count / 1e6] * count
    deltas = [
        number(delta, "A time between two samples")
        for delta in listed(document["timeDeltas"], "The list of times")
    ]
    if len(deltas) != count:
        raise NotAProfile(f"It has {count} samples and {len(deltas)} times between them.")
    last = end - start - sum(deltas)
    return [max(0.0, microseconds) / 1e6 for microseconds in [*deltas[1:], last]]


def _hits(nodes: dict[int, dict]) -> list[tuple[int, float]]:
    """An older file counts how often each call was found, and has no list of samples."""
    return [(name, abs(number(node.get("hitCount", 0), "A count"))) for name, node in nodes.items()]
