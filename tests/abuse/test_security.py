"""Promise 12: text is never a command, a file is never code, and no server listens elsewhere."""

import ast
import asyncio
import json
import os
import sys

import psutil
import pytest
from scenes import ROOT

from unstuck import flame_read, results
from unstuck.cluster import Cluster
from unstuck.programs import ProgramFailed, run_program
from unstuck.workloads import KINDS

SOURCES = sorted((ROOT / "src" / "unstuck").rglob("*.py"))
HOSTILE = ["x; touch PWNED", "$(touch PWNED)", "`touch PWNED`", "| touch PWNED", "a\ntouch PWNED"]
CODE_FROM_DATA = {"pickle", "marshal", "shelve", "dill"}  # what must never read a file


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_word_is_a_word(text, tmp_path, monkeypatch):
    """G14"""
    monkeypatch.chdir(tmp_path)
    argv = [sys.executable, "-c", "import sys; print(len(sys.argv))", text]
    ended = asyncio.run(run_program(argv))
    assert ended.out.strip() == b"2"
    with pytest.raises(ProgramFailed):
        asyncio.run(run_program([text]))
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.parametrize("runtime", ["python", "node"])
def test_every_socket_of_a_cluster_is_on_loopback(runtime, needs_node, figure):
    """F09"""

    async def addresses():
        async with Cluster(workers=2, runtime=runtime):
            me = psutil.Process()
            return [
                each.laddr.ip
                for process in me.children(recursive=True)
                for each in process.net_connections("inet")
                if each.status == psutil.CONN_LISTEN
            ]

    found = asyncio.run(addresses())
    assert set(found) == {"127.0.0.1"}
    figure(12, f"listening sockets, {runtime}", "loopback only", f"{len(found)} on loopback", 1)


def test_a_file_of_results_or_a_profile_is_read_as_data(tmp_path, monkeypatch, figure):
    """No reader of a learner's file knows how to make an object from bytes that name one."""
    monkeypatch.chdir(tmp_path)
    order = b"cos\nsystem\n(S'touch PWNED'\ntR."
    for name in ("results.json", "profile.cpuprofile", "profile.pyisession", "stacks.txt"):
        (tmp_path / name).write_bytes(order)
        with pytest.raises(ValueError, match=name.split(".")[0]):
            results.read(tmp_path / name)
        with pytest.raises(ValueError, match=r"\w"):
            flame_read.read_profile(tmp_path / name)
    nested = {"format": results.FORMAT, "kind": "trial", "results": [{"__reduce__": "os.system"}]}
    (tmp_path / "odd.json").write_text(json.dumps(nested))
    with pytest.raises(ValueError, match="odd"):
        results.read(tmp_path / "odd.json")
    assert os.listdir(tmp_path).count("PWNED") == 0
    figure(12, "hostile files", "refused as data", "refused as data", 9)


def test_readers_of_files_know_no_code_in_data():
    readers = [
        path
        for path in SOURCES
        if path.stem.startswith(("flame", "results", "room", "result_card", "card", "recorded"))
    ]
    assert len(readers) > 10
    for source in readers:
        text = source.read_text(encoding="utf-8")
        assert not CODE_FROM_DATA & imported(ast.parse(text)), source.name


def imported(tree: ast.AST) -> set[str]:
    """The first word of every import in a file."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def test_what_runs_is_named_by_the_course_alone():
    """The work that a server does is chosen from a list, and no text becomes a function."""
    assert set(KINDS) == {"prime", "digest", "wait"}
