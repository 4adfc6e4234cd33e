"""The scoreboard: what its rows hold, what a missing cell says, and that time bounds it."""

import asyncio
import json
import time

import pytest

from unstuck import hatches
from unstuck.ended import Ended
from unstuck.node import TwinFailed, TwinRun
from unstuck.results import NotResults, keep, read
from unstuck.scoreboard import ALL, PYTHON, scoreboard
from unstuck.scoreboard_chart import scoreboard_chart
from unstuck.scoreboard_node import node_rows, rows_of
from unstuck.scoreboard_plan import Plan, weight
from unstuck.scoreboard_probes import judged
from unstuck.scoreboard_python import measured
from unstuck.scoreboard_result import Scoreboard
from unstuck.scoreboard_rows import WORKS, Row, Stay
from unstuck.scoreboard_work import SMALL, Size, mixed, task_of

TINY = Size(0.002, 1000)


def row(hatch="pool", work="pure CPU", runtime="python", **more) -> Row:
    facts = {"seconds": (0.05, 0.06), "rates": (40.0, 30.0), "at_once": 2, "loop_seconds": 0.05}
    facts |= {
        "lag_p99_ms": 4.0,
        "lag_max_ms": 5.0,
        "start_seconds": 0.3,
        "worker_bytes": 30_000_000,
    }
    return Row(runtime, hatch, work, **{**facts, "copies": 2, **more})


def plan(seconds=20.0, rounds=1) -> Plan:
    return Plan(2, TINY, rounds, time.monotonic() + seconds)


def ended(text: str, code: int | None, signal: str | None) -> Ended:
    return Ended(("python",), code, signal, None, text.encode(), b"", len(text), 0, 0.1, 1)


def test_a_row_has_medians_and_what_the_loop_felt():
    assert row(rates=(40.0, 10.0, 30.0)).rate == 30.0
    assert row(seconds=(0.05, 0.09, 0.06)).task_seconds == 0.06
    assert row().feel == "free"
    assert row(lag_p99_ms=20.0).feel == "late"
    assert row(lag_p99_ms=45.0).feel == "blocked"
    assert "50.0 to 60.0" in repr(row())


@pytest.mark.parametrize("work", WORKS[:-1])
def test_each_work_has_a_known_answer(work):
    func, args = task_of(work, TINY)
    answer = func(*args)
    assert answer == {"waiting": 0.002, "big payload": args[-1]}.get(work, answer)
    assert answer is True or work not in ("pure CPU", "mixed")
    if func is mixed:
        assert args[1] == 0.001


def test_there_is_no_task_of_another_name():
    with pytest.raises(ValueError, match="work is one of pure CPU"):
        task_of("untrusted code", SMALL)


@pytest.mark.parametrize("name", [name for name in PYTHON if name != "await"])
def test_each_python_hatch_has_a_row_or_a_reason(name):
    rows = asyncio.run(measured(name, ("pure CPU", "big payload"), plan()))
    assert [each.work for each in rows] == ["pure CPU", "big payload"]
    reason = hatches.hatch(name).reason_missing()
    for each in rows:
        assert each.missing == (reason or "")
        if not reason:
            assert each.rate > 0
            assert each.lag_max_ms >= each.lag_p99_ms >= 0
            assert each.copies == (0 if name in ("inline", "threads") else 2)


def test_await_waits_without_a_hatch_and_computes_nothing():
    waiting, computing = asyncio.run(measured("await", ("waiting", "pure CPU"), plan()))
    assert waiting.rate > 0
    assert waiting.worker_bytes == 0
    assert "frees the loop only where something waits" in computing.missing


def test_where_the_time_is_over_the_cell_says_so():
    (late,) = asyncio.run(measured("inline", ("pure CPU",), plan(-1.0)))
    assert "the time was over" in late.missing
    assert "not there" in repr(late)


def test_a_hatch_that_starts_anew_each_time_gets_more_time():
    assert weight("child") > weight("pool") > weight("await")


def test_a_board_of_python_tells_each_row_as_it_comes_and_bears_guests():
    heard = []
    board = asyncio.run(
        scoreboard(
            ["pure CPU", "untrusted code"],
            ["inline", "pool", "child"],
            ["python"],
            heard.append,
            seconds=40,
        )
    )
    assert heard == list(board.rows)
    assert board.hatches("python") == ["inline", "pool", "child"]
    assert board.row("python", "inline", "pure CPU").rate > 0
    found = {stay.hatch: stay for stay in board.stays}
    assert found["inline"].overstay == "held the loop"
    assert found["inline"].crash == "all ended"
    assert found["pool"].isolated
    assert found["child"].isolated
    assert board.runtimes == ["python"]


def test_threads_and_interpreters_do_not_keep_a_guest_apart():
    names = [n for n in ("threads", "interpreters") if hatches.hatch(n).reason_missing() is None]
    board = asyncio.run(scoreboard(["untrusted code"], names, ["python"]))
    assert [stay.crash for stay in board.stays] == ["all ended"] * len(names)
    assert not any(stay.isolated for stay in board.stays)


def test_node_has_rows_for_each_way_out(needs_piscina):
    board = asyncio.run(scoreboard(["CPU in C", "untrusted code"], None, ["node"], seconds=60))
    rows = {each.hatch: each for each in board.rows}
    assert list(rows) == ["inline", "await", "threads", "worker", "pool", "child"]
    assert "only where something waits" in rows["await"].missing
    assert rows["threads"].rate > 0
    assert rows["pool"].copies == 2
    assert rows["inline"].copies == 0
    stays = {each.hatch: each for each in board.stays}
    assert stays["child"].isolated
    assert stays["inline"].overstay == "held the loop"
    assert stays["pool"].crash == "all ended"  # a thread is no wall against a crash
    assert "node" in board.versions


def test_without_node_the_recorded_rows_are_labelled(monkeypatch):
    monkeypatch.setenv("UNSTUCK_NODE", "/nowhere/node")
    monkeypatch.setattr("unstuck.node.find_node", lambda: _NoNode())
    board = asyncio.run(scoreboard(["pure CPU", "untrusted code"], None, ["node"]))
    assert board.rows
    assert all(each.recorded for each in board.rows + board.stays)
    assert any("Recorded on" in note for note in board.notes)
    assert "* recorded elsewhere" in scoreboard_chart(board).alt


class _NoNode:
    path, problem = None, "Node.js is missing."


def test_a_twin_that_fails_is_a_note_and_no_error(monkeypatch):
    async def broken(*words, **options):
        raise TwinFailed("choosing.js ended with exit code 1")

    monkeypatch.setattr("unstuck.scoreboard_node.run_twin", broken)
    board = asyncio.run(scoreboard(["pure CPU"], ["inline"], ["node"]))
    assert board.rows == ()
    assert any("could not be measured" in note for note in board.notes)


def test_names_that_are_not_there_are_named():
    for wrong, told in (
        ({"workloads": ["gaming"]}, "workloads are some of"),
        ({"hatches": ["portal"]}, "hatches are some of"),
        ({"hatches": []}, "hatches are some of"),
        ({"runtimes": ["ruby"]}, "runtimes are some of"),
        ({"seconds": float("nan")}, "seconds must be"),
        ({"seconds": True}, "seconds must be"),
        ({"seconds": -1}, "seconds must be"),
    ):
        with pytest.raises(ValueError, match=told):
            asyncio.run(scoreboard(**wrong))
    assert "distributed" in ALL


def test_a_probe_that_died_says_that_all_ended():
    line = json.dumps({"overstay": "works on", "seconds": 0.1})
    assert judged("threads", ended(line, None, "SIGKILL")) == Stay(
        "python", "threads", "all ended", "works on", 0.1
    )
    assert judged("threads", ended("", 1, None)).crash == "not measured"
    told = f'{line}\n{{"crash": "told"}}\nsomething else'
    assert judged("pool", ended(told, 0, None)).crash == "told"


def board() -> Scoreboard:
    rows = (row("inline", lag_p99_ms=90.0), row(), row("await", missing="it computes", rates=()))
    rows += (row("pool", runtime="node", recorded=True),)
    stays = (
        Stay("python", "pool", "told", "stopped", 0.1),
        Stay("python", "inline", "all ended", "held the loop"),
    )
    return Scoreboard(rows, stays, "Linux, 2 usable CPUs", 2, {"python": "3.14"}, "2026-01-02")


def test_text_table_and_figure_say_the_same():
    text, picture = repr(board()), scoreboard_chart(board())
    assert "kept apart" in text
    assert "Not there: await (Python), pure CPU: it computes." in text
    assert "2026-01-02" in text
    assert picture.png.startswith(b"\x89PNG")
    assert "pure CPU in Python: inline 35/s and 90 ms, pool 35/s and 4 ms" in picture.alt
    assert len(picture.rows) == 6
    assert {len(line) for line in picture.rows} == {len(picture.columns)}
    assert "<caption>Linux" in board().html()
    assert "a crash is told, an endless task is stopped" in board().html()


def test_no_cell_of_the_table_is_blank():
    assert all(str(value).strip() for line in scoreboard_chart(board()).rows for value in line)


def test_an_empty_board_is_not_drawn():
    with pytest.raises(ValueError, match="nothing to draw"):
        scoreboard_chart(Scoreboard(()))


def test_a_busy_machine_is_told(monkeypatch):
    from unstuck.scoreboard_words import busy

    assert busy([row("inline", seconds=(0.05, 0.051))]) == []
    assert "busy" in busy([row("inline", seconds=(0.05, 0.2))])[0]
    assert busy([]) == []
    assert busy([], cores=1.9, cpus=2) == []
    assert "busy threads got 0.5" in busy([], cores=0.5, cpus=2)[0]
    assert Scoreboard((), notes=tuple(busy([], cores=0.5, cpus=2))).unsure
    assert not board().unsure


def test_a_board_is_kept_and_read_and_a_strange_one_refused(tmp_path):
    path = keep(tmp_path / "board.json", [board()])
    (again,) = read(path)
    assert again.recorded
    assert again.rows == board().rows
    assert again.origin.startswith("Recorded on Linux")
    path.write_text(path.read_text().replace('"pure CPU"', '"pure gold"'))
    with pytest.raises(NotResults, match="there is no row"):
        read(path)
    path.write_text(path.read_text().replace('"pure gold"', '"pure CPU"').replace("40.0", "0.0"))
    with pytest.raises(NotResults, match="not above 0"):
        read(path)


def test_lines_of_a_newer_twin_with_more_fields_are_read():
    line = {"row": {"hatch": "pool", "work": "pure CPU", "missing": "", "rates": [3], "new": 1}}
    (found,) = rows_of(TwinRun((line,)))
    assert found.rates == (3,)
    assert callable(node_rows)
