"""Look at this machine once: a card of all that the course uses, found or missing."""

import os
import platform
from dataclasses import asdict, dataclass

from unstuck.abilities import gil_state, has_interpreters, runtime_problem, start_methods
from unstuck.capacity import effective_cores, usable_cpus, usable_memory
from unstuck.limits import cpu_quota
from unstuck.node_finder import Node, find_node


@dataclass(frozen=True)
class Card:
    """What was found; None means absent or not measured, 0 bytes of memory means unknown."""

    usable_cpus: int
    visible_cpus: int
    effective_cores: float | None
    cpu_quota: float | None
    memory_bytes: int
    python: str
    gil: str
    interpreters: bool
    start_methods: tuple[str, ...]
    node: str | None
    node_path: str | None
    node_problem: str | None
    runtime_problem: str | None
    system: str

    def as_dict(self) -> dict[str, object]:
        """The card as JSON knows it: a list in place of the tuple."""
        return asdict(self) | {"start_methods": list(self.start_methods)}


def card(measure: bool = True) -> Card:
    """Look at this machine; `measure` keeps its CPUs busy for 0.3 s to count effective cores."""
    problem = runtime_problem()
    node = find_node() if problem is None else Node(None, None, problem)
    return Card(
        usable_cpus=usable_cpus(),
        visible_cpus=os.cpu_count() or 1,
        effective_cores=effective_cores() if measure and problem is None else None,
        cpu_quota=cpu_quota(),
        memory_bytes=usable_memory(),
        python=platform.python_version(),
        gil=gil_state(),
        interpreters=has_interpreters(),
        start_methods=start_methods(),
        node=node.version,
        node_path=node.path,
        node_problem=node.problem,
        runtime_problem=problem,
        system=f"{platform.system()} {platform.machine()}".strip(),
    )
