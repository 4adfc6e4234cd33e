"""The decision tree, followed: each answer cites a trial of your own, or says what to run.

    print(tree([board, found]))             the whole tree, with the numbers of this machine
    print(walk(["yes", "own", "computes"], [board, found]))

The tree itself is data, in `decision_tree`. An edge's `cite` is a function of the evidence that
gives a sentence with numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unstuck.adviser_evidence import Evidence, MeasureFirst
from unstuck.decision_tree import ROOT, TREE, Edge, Leaf, Question


@dataclass(frozen=True)
class Step:
    """One step of a walk: the question, the answer, and what your trials say about it."""

    question: str
    answer: str
    cited: str


def sentence(edge: Edge, seen: Evidence) -> str:
    """Return what the learner's trials say for an edge, or what to run first."""
    try:
        return edge.cite(seen)
    except MeasureFirst as first:
        return f"not measured yet ({first.why}): run {first.call}"


def follow(answers: Sequence[str], seen: Evidence) -> tuple[list[Step], str]:
    """Return the steps of these answers, and the id where they end.

    An answer may be shortened to its beginning. ValueError names the answers that there are.
    """
    steps, at = [], ROOT
    for answer in answers:
        edge = _edge(TREE[at], answer)
        steps.append(Step(TREE[at].text, edge.answer, sentence(edge, seen)))
        at = edge.to
    return steps, at


def _edge(node: Question | Leaf, answer: str) -> Edge:
    if isinstance(node, Leaf):
        raise ValueError(f"{node.text!r} is an end: no question is left for {answer!r}")
    wanted = str(answer).strip().lower()
    found = [edge for edge in node.edges if wanted and edge.answer.lower().startswith(wanted)]
    if len(found) != 1:
        there = ", ".join(repr(edge.answer) for edge in node.edges)
        raise ValueError(f"{answer!r} is not one answer to {node.text!r}; there are: {there}")
    return found[0]


def nodes(results: object = ()) -> dict[str, dict]:
    """Return the tree as plain values for a picture: each id with its texts and its answers."""
    seen = Evidence(results)
    return {name: _plain(node, seen) for name, node in TREE.items()}


def _plain(node: Question | Leaf, seen: Evidence) -> dict:
    if isinstance(node, Leaf):
        return {"end": node.text, "python": node.python, "node": node.node, "see": node.notebook}
    answers = [[edge.answer, edge.to, sentence(edge, seen)] for edge in node.edges]
    return {"text": node.text, "answers": answers}


def walk(answers: Sequence[str] = (), results: object = ()) -> str:
    """Return the path of these answers as text, with your own numbers, and what comes next."""
    seen = Evidence(results)
    steps, at = follow(answers, seen)
    lines = [f"{step.question}\n  {step.answer}: {step.cited}" for step in steps]
    return "\n".join([*lines, *_end(TREE[at], seen)])


def _end(node: Question | Leaf, seen: Evidence) -> list[str]:
    if isinstance(node, Leaf):
        return [f"=> {node.text}", f"   Python:  {node.python}", f"   Node.js: {node.node}"]
    asked = [f"  [{edge.answer}] {sentence(edge, seen)}" for edge in node.edges]
    return [f"Next: {node.text}", *asked]


def tree(results: object = ()) -> str:
    """Return the whole tree as text; each edge cites your own trials."""
    return "\n".join(_branch(ROOT, Evidence(results), ""))


def _branch(at: str, seen: Evidence, indent: str) -> Iterator[str]:
    node = TREE[at]
    if isinstance(node, Leaf):
        yield f"{indent}=> {node.text}"
        return
    yield f"{indent}{node.text}"
    for edge in node.edges:
        yield f"{indent}  - {edge.answer}: {sentence(edge, seen)}"
        yield from _branch(edge.to, seen, indent + "    ")
