"""The cluster's exercises: untouched, right, typical mistakes, and a service with its faults."""

import math
import sys
from pathlib import Path

import pytest

from unstuck.exercises import capstone, check, hint, solution
from unstuck.exercises import cluster as ours

ALL = [f"cluster.{number}" for number in ours.EXERCISES]


@pytest.mark.parametrize("name", ALL)
def test_untouched_is_not_tried_yet(name):
    assert check(name, ...).outcome == "not tried yet"
    assert hint(name)


@pytest.mark.parametrize("name", ALL)
def test_the_solution_is_right(name, capsys):
    result = check(name, solution(name))
    assert capsys.readouterr().out
    expected = ("right", "cannot tell here") if name == "cluster.4" else ("right",)
    assert result.outcome in expected, result


@pytest.mark.parametrize("wrong", [(2, 2, 2), (2, 1, 2), (1, 1, 3)])
def test_a_wrong_prediction_is_told(wrong):
    assert "Try it" in check("cluster.1", wrong).sentence


@pytest.mark.parametrize("wrong", [3, "213", (2, 1), (2.0, 1, 3), (True, 1, 3)])
def test_a_prediction_is_three_numbers(wrong):
    assert "three whole numbers" in check("cluster.1", wrong).sentence


async def a_coroutine(failures):
    return 0.1


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (lambda failures: 0.01, "still does not give up"),
        (lambda failures: None, "gives up at the first"),
        (lambda failures: 0, "seconds, or None"),
        (lambda failures: math.nan, "seconds, or None"),
        (lambda failures: "1", "seconds, or None"),
        (lambda failures: 60.0, "add up"),
        (lambda failures: 0.1 if failures < 4 else None, "should grow"),
        (lambda failures: 0.1 * failures if failures < 2 else None, "should grow"),
        (lambda failures: [0.1, 0.2, None][failures - 1], "given up before"),
        (lambda failures: 1 / 0, "ZeroDivisionError"),
        (a_coroutine, "plain function"),
    ],
)
def test_a_wrong_rule_is_told_by_what_it_does(rule, words):
    result = check("cluster.2", rule)
    assert result.outcome == "not yet"
    assert words in result.sentence


@pytest.mark.parametrize(
    "rule",
    [
        lambda silent, worked: silent > 1,
        lambda silent, worked: worked == 0,
        lambda silent, worked: False,
        lambda silent, worked: True,
        lambda silent, worked: 1,
    ],
)
def test_a_rule_that_takes_one_for_the_other_is_told(rule):
    result = check("cluster.3", rule)
    assert result.outcome == "not yet"
    assert "this worker" in result.sentence


def edited(tmp_path: Path, *changes: tuple[str, str]) -> str:
    """The mended service with some faults put back."""
    text = capstone.MENDED.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "service.py"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_the_service_as_it_is_given_does_not_start(tmp_path, monkeypatch, capsys):
    """F02"""
    monkeypatch.chdir(tmp_path)
    result = check("cluster.4", capstone.begin())
    assert result.outcome == "not yet"
    assert "ddress" in result.sentence  # Address already in use, in this system's words
    Path("service.py").write_text("# mine", encoding="utf-8")
    assert "is in this folder" in capsys.readouterr().out
    assert Path(capstone.begin()).read_text(encoding="utf-8") == "# mine"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("await pool.run(is_prime, n)", "is_prime(n)"), "loop is blocked"),
        (("history.append(n)", "globals().setdefault('all', []).append(b'x' * 10**6)"), "bigger"),
        (("except (KeyError, ValueError)", "except KeyError"), "status 400"),
        (("await pool.run(is_prime, n)", "True"), "n=91"),
        (("import os\n", "import os\nimport no_such_module\n"), "no_such_module"),
        (("app = ", "application = "), "app"),
    ],
)
def test_each_fault_is_told(tmp_path, change, words):
    result = check("cluster.4", edited(tmp_path, change))
    assert result.outcome in ("not yet", "cannot tell here"), result
    assert words in result.sentence or result.outcome == "cannot tell here"


@pytest.mark.parametrize("answer", ["nowhere.py", sys.executable, "", 7])
def test_what_is_no_python_file_is_told(answer):
    assert "no Python file" in check("cluster.4", answer).sentence
