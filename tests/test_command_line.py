"""The course in a terminal: one card, one JSON object for a trial, a sentence for a mistake."""

import contextlib
import json
import re
import signal
import subprocess
import sys

import pytest

from unstuck import hatches, serve_verb
from unstuck.__main__ import main

CARD = {
    "usable_cpus", "visible_cpus", "effective_cores", "memory_bytes", "python", "gil",
    "interpreters", "node",
}  # fmt: skip
TRIAL = {
    "hatch", "runtime", "answer", "seconds", "start_seconds", "lag_p50_ms", "lag_p99_ms",
    "lag_max_ms", "pids", "recorded",
}  # fmt: skip


def unstuck(*words: str) -> subprocess.CompletedProcess:
    argv = [sys.executable, "-W", "error", "-m", "unstuck", *words]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def imported_by(module: str) -> set[str]:
    code = f"import sys, {module}; print(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


def test_what_every_child_process_imports_is_light():
    """A server, a load and a primary begin with it; what each needs is imported by its verb."""
    heavy = {"uvicorn", "starlette", "uvloop", "psutil", "multiprocessing", "statistics", "numpy"}
    heavy |= {"concurrent.futures.process", "matplotlib", "ipywidgets", "anywidget"}
    heavy |= {
        f"unstuck.{name}"
        for name in (
            *("trial", "node", "machine", "capacity", "server", "load", "load_client"),
            *("breakeven", "breakeven_plan", "breakeven_points", "breakeven_line"),
            *("cluster", "cluster_main", "cluster_primary", "cluster_spread", "cluster_worker"),
        )
    }
    assert imported_by("unstuck.__main__") & heavy == set()


def test_the_primary_serves_nothing_itself_and_imports_no_server():
    assert imported_by("unstuck.cluster_main") & {"uvicorn", "starlette", "uvloop"} == set()


def test_without_a_word_the_card_is_printed():
    done = unstuck()
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usable CPUs" in done.stdout
    assert "To mend" in done.stdout


def test_the_card_for_programs_is_one_json_object():
    done = unstuck("--json")
    card = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert card.keys() >= CARD
    assert 1 <= card["usable_cpus"] <= card["visible_cpus"]
    assert card["python"].startswith(f"3.{sys.version_info.minor}")


@pytest.fixture(params=hatches.names())
def hatch(request):
    if reason := hatches.hatch(request.param).reason_missing():
        pytest.skip(reason)
    return request.param


@pytest.mark.parametrize("runtime", ["python", "node"])
def test_a_trial_is_one_json_object(hatch, runtime, request):
    if runtime == "node":
        request.getfixturevalue("needs_node")
    done = unstuck("trial", hatch, "--runtime", runtime, "--seconds", "0.5", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    trial = json.loads(done.stdout)
    assert trial.keys() >= TRIAL
    assert (trial["hatch"], trial["runtime"]) == (hatch, runtime)
    assert 0 <= trial["lag_p50_ms"] <= trial["lag_p99_ms"] <= trial["lag_max_ms"]
    assert len(trial["pids"]) >= 1
    assert trial["seconds"] > 0


def test_a_trial_for_people_is_a_few_lines(capsys):
    assert main(["trial", "threads", "--seconds", "0.5", "--work", "wait"]) == 0
    told = capsys.readouterr().out
    assert "threads, in python" in told
    assert re.search(r"\d+ of \d+ beats missed", told)


def test_a_cluster_in_node_asks_no_python_whether_it_has_the_hatch(needs_node, monkeypatch):
    """Node.js has threads with a heap of their own, also where Python has no interpreters."""
    become = []
    monkeypatch.setattr(hatches.hatch("interpreters"), "reason_missing", lambda: "not here")
    monkeypatch.setattr(serve_verb.os, "execve", lambda *command: become.append(command))
    monkeypatch.setattr(serve_verb.subprocess, "run", lambda *command: become.append(command))
    words = ["serve", "--workers", "1", "--hatch", "interpreters"]
    assert main(words) == 2
    assert become == []
    with contextlib.suppress(AttributeError):  # the real one would not come back
        main([*words, "--runtime", "node"])
    assert '"hatch": "interpreters"' in str(become[0])


@pytest.mark.parametrize("words", [["trial", "magic"], ["serve", "--hatch", "magic"]])
def test_a_hatch_that_does_not_exist_is_a_sentence_and_code_2(words):
    done = unstuck(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"there is no hatch 'magic'; there are: {', '.join(hatches.names())}" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("seconds", ["nan", "-1", "abc", "1e9", "0", "inf", ""])
def test_seconds_that_make_no_sense_are_refused(seconds, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["trial", "inline", "--seconds", seconds])
    assert caught.value.code == 2
    assert "--seconds" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["fly"],
        ["trial"],
        ["trial", "inline", "--runtime", "ruby"],
        ["trial", "inline", "--work", "x"],
    ],
)
def test_a_wrong_word_is_answered_with_the_usage(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: python -m unstuck" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["http://example.com:80"],
        ["http://127.0.0.1:80", "--rate", "0"],
        ["http://127.0.0.1:80", "--rate", "nan"],
        ["http://127.0.0.1:80", "--seconds", "1e9"],
    ],
)
def test_a_load_out_of_bounds_is_a_sentence_and_code_2(words, capsys):
    assert main(["load", *words]) == 2
    assert re.fullmatch(r"unstuck: a load .*\n", capsys.readouterr().err)


@pytest.mark.parametrize("port", ["-1", "65536", "99999999"])
def test_a_port_that_cannot_be_is_a_sentence_and_code_2(port):
    done = unstuck("serve", "--port", port)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert port in done.stderr


def test_a_load_tells_its_figures_to_people_and_to_programs(serving):
    with serving("python") as server:
        words = ["load", server.url, "--rate", "20", "--seconds", "0.2"]
        people, programs, events = (
            unstuck(*words, *more) for more in ((), ("--json",), ("--events",))
        )
    assert "answered      4" in people.stdout
    assert json.loads(programs.stdout)["answered"] == 4
    kinds = [json.loads(line)["kind"] for line in events.stdout.splitlines()]
    assert (kinds.count("sent"), kinds.count("answered"), kinds[-1]) == (4, 4, "load")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_told_to_stop_ends_without_a_trace(serving, number):
    with serving("python") as server:
        server.process.send_signal(number)
        assert server.process.wait(10) in (0, -number, 128 + number)
