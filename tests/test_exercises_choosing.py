"""The exercises of choosing: untouched, right, typical mistakes, and a shop with its troubles."""

import sys
from pathlib import Path

import pytest

from unstuck.exercises import check, choosing_end, choosing_load, choosing_parts, solution
from unstuck.exercises import choosing as ours
from unstuck.exercises.service_asked import Noise

ALL = [f"choosing.{number}" for number in ours.EXERCISES]
SHOP = Path(choosing_end.__file__).with_name("choosing_shop.py")
RIGHT = {
    "tags": "better algorithm",
    "prime": "worker",
    "quote": "thread",
    "row": "smaller copy",
}


def answer(**more) -> dict:
    return {"file": str(choosing_end.MENDED), **RIGHT, **more}


@pytest.mark.parametrize("name", ALL[:3])
def test_the_solution_is_right(name, capsys):
    found = solution(name)
    assert capsys.readouterr().out
    result = check(name, found() if name == "choosing.1" else found)
    assert result.outcome == "right", result


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("inline", "a dict with the keys stamp, seal"),
        ({"stamp": "inline"}, "a dict with the keys"),
        ({**ours.choose(), "fetch": "prayer"}, "A hatch is one of inline, thread, worker"),
        ({**ours.choose(), "fetch": []}, "A hatch is one of"),
        ({**ours.choose(), "fetch": "worker"}, "fetch takes"),
        ({**ours.choose(), "stamp": "worker"}, "stamp takes"),
        ({**ours.choose(), "seal": "inline"}, "in C"),
        ({**ours.choose(), "forecast": "inline"}, "in Python"),
    ],
)
def test_a_wrong_choice_is_told_with_what_was_measured(wrong, told):
    result = check("choosing.1", wrong)
    assert result.outcome == "not yet"
    assert told in result.sentence


def test_without_a_gil_threads_compute_too(monkeypatch):
    monkeypatch.setattr(ours, "has_gil", lambda: False)
    assert check("choosing.1", {**ours.choose(), "forecast": "thread"}).outcome == "right"
    monkeypatch.setattr(ours, "has_gil", lambda: True)
    assert check("choosing.1", {**ours.choose(), "forecast": "thread"}).outcome == "not yet"


async def a_coroutine(*words):
    return 1


def round_down(rate, ms, cpus):
    if rate * ms / 1000 >= cpus:
        raise ValueError
    return max(1, int(rate * ms / 1000 / 0.7))


def endless(rate, ms, cpus):
    return min(cpus, ours.math.ceil(rate * ms / 700) or 1)


def more_than_there_are(rate, ms, cpus):
    ours.workers(rate, ms, cpus)
    return max(1, ours.math.ceil(rate * ms / 700))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (2, "plain function"),
        (a_coroutine, "plain function"),
        (round_down, "should be 2, and is 1"),
        (endless, "raise ValueError"),
        (more_than_there_are, "should be 4, and is"),
        (lambda *words: 1.0, "should be 1, and is 1.0"),
        (lambda *words: True, "should be 1, and is True"),
        (lambda *words: 1 / 0, "ZeroDivisionError"),
        (lambda *words: sys.exit(), "SystemExit"),
    ],
)
def test_a_wrong_size_is_told(wrong, told):
    result = check("choosing.2", wrong)
    assert result.outcome == "not yet"
    assert told in result.sentence


def by_the_mean(before, after):
    if not before or not after:
        return "cannot tell"
    return "faster" if sum(after) / len(after) < sum(before) / len(before) else "slower"


def without_a_count(before, after):
    if not before or not after:
        return "cannot tell"
    if max(after) < min(before):
        return "faster"
    return "slower" if min(after) > max(before) else "cannot tell"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (by_the_mean, "the verdict is 'cannot tell', and not 'faster'"),
        (without_a_count, "the verdict is 'cannot tell', and not 'faster'"),
        (lambda before, after: "faster", "'slower'"),
        (lambda before, after: max(after) and "faster", "'slower'"),
        (lambda before, after: None, "and not None"),
        ("faster", "plain function"),
        (a_coroutine, "plain function"),
    ],
)
def test_a_verdict_of_luck_is_told(wrong, told):
    result = check("choosing.3", wrong)
    assert result.outcome == "not yet"
    assert told in result.sentence


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("shop.py", "The answer is {"),
        ({**answer(), "more": 1}, "The answer is {"),
        (answer(tags="prayer"), "is one of: better algorithm"),
        (answer(tags=["worker"]), "is one of: better algorithm"),
        (answer(tags="worker"), "how often is a tag compared"),
        (answer(prime="thread"), "who else could compute"),
        (answer(quote="worker"), "what frees a loop from a wait"),
        (answer(row="worker"), "what travels there"),
        (answer(file="no_such.py"), "There is no Python file 'no_such.py'"),
        (answer(file="a\0b.py"), "There is no Python file"),
        (answer(file=7), "There is no Python file"),
    ],
)
def test_a_wrong_choice_for_the_shop_is_told_before_anything_starts(wrong, told):
    result = check("choosing.4", wrong)
    assert result.outcome == "not yet"
    assert told in result.sentence


def changed(tmp_path, *changes: tuple[str, str], of: Path = choosing_end.MENDED) -> str:
    """A shop's file with some of its text replaced."""
    text = of.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "my_shop.py"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_mended_shop_is_right_under_load():
    result = check("choosing.4", answer())
    assert result.outcome in ("right", "cannot tell here"), result
    if result.outcome == "right":
        assert "of CPU, where looking at each takes" in result.sentence
        assert "of 3 light requests beside /prime, 3 did not have to wait" in result.sentence


SLOW_TAGS = ("list(dict.fromkeys(tags_of(number(request))))", "slow(tags_of(number(request)))")
SLOW = (
    'async def light(request):\n    return JSONResponse({"pid": os.getpid()})\n',
    "def slow(tags):\n    kept = []\n    for tag in tags:\n        if tag not in kept:\n"
    "            kept.append(tag)\n    return kept\n\n\n"
    'async def light(request):\n    return JSONResponse({"pid": os.getpid()})\n',
)
IN_A_POOL = (SLOW_TAGS[0], "await pool.run(slow, tags_of(number(request)))")
WHOLE = ("pool.run(sum, table()[n * ROW : (n + 1) * ROW])", "pool.run(whole, table(), n)")
WHOLE_SUM = (
    SLOW[0],
    "from unstuck.exercises.choosing_parts import row_sum as whole\n\n\n" + SLOW[0],
)
HELD = ("await asyncio.to_thread(quote, number(request))", "quote(number(request))")
FEW = ("await asyncio.to_thread(quote,", "await pool.run(quote,")
GUESSED = (
    "await asyncio.to_thread(quote, number(request))",
    "number(request) ** 2 % 9973 if quote else 0",
)
INLINE = ("await pool.run(is_prime, number(request))", "is_prime(number(request))")
WRONG = ("len(kept)", "len(kept) + 1")


QUICK = ("await pool.run(is_prime, number(request))", "is_prime_fast(number(request))")
QUICK_TOO = ("import is_prime\n", "import is_prime, is_prime_fast\n")


def test_a_better_algorithm_for_the_primes_is_right_too(tmp_path):
    result = check("choosing.4", answer(file=changed(tmp_path, QUICK, QUICK_TOO)))
    assert result.outcome in ("right", "cannot tell here"), result
    if result.outcome == "right":
        assert "nothing is left that could block" in result.sentence


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([WRONG], "should say 'count'"),
        ([SLOW_TAGS, SLOW], "wants a better algorithm"),
        ([IN_A_POOL, SLOW], "wants a better algorithm"),
        ([WHOLE, WHOLE_SUM], "/row"),
        ([HELD], "/quote holds the loop"),
        ([FEW], "waits queue up behind few workers"),
        ([GUESSED], "ask the driver"),
        ([INLINE], "The loop is blocked"),
    ],
    ids=["wrong", "slow", "slow elsewhere", "whole", "held", "few", "guessed", "inline"],
)
def test_each_trouble_that_is_left_is_told(tmp_path, changes, told):
    result = check("choosing.4", answer(file=changed(tmp_path, *changes)))
    assert result.outcome in ("not yet", "cannot tell here")
    if result.outcome == "not yet":
        assert told in result.sentence, result


def test_the_untouched_shop_has_a_trouble():
    result = check("choosing.4", answer(file=str(SHOP)))
    assert result.outcome in ("not yet", "cannot tell here")


def test_a_file_that_does_not_start_is_told(tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("import no_such_module_at_all\n", encoding="utf-8")
    result = check("choosing.4", answer(file=str(broken)))
    assert result.outcome == "not yet"
    assert "no_such_module_at_all" in result.sentence


def test_a_busy_machine_is_no_fault(monkeypatch):
    async def noise(cluster):
        raise Noise("too busy to tell")

    monkeypatch.setattr(choosing_end, "_LOOKS", (noise,))
    assert check("choosing.4", answer()).outcome == "cannot tell here"


def test_a_slow_check_is_no_fault(monkeypatch):
    monkeypatch.setattr(choosing_end, "_ALL", 0.2)
    assert check("choosing.4", answer()).outcome == "cannot tell here"


def test_begin_puts_a_file_and_keeps_one_that_is_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert choosing_end.begin() == "shop.py"
    Path("shop.py").write_text("mine", encoding="utf-8")
    assert choosing_end.begin() == "shop.py"
    assert Path("shop.py").read_text(encoding="utf-8") == "mine"
    assert "shop.py is in this folder" in capsys.readouterr().out


def test_the_parts_are_what_they_say():
    assert len(choosing_parts.table()) == choosing_parts.ROWS * choosing_parts.ROW
    assert choosing_parts.row_sum(choosing_parts.table(), 252) == choosing_parts.ROW
    assert len(set(choosing_parts.tags_of(100))) == 50
    assert choosing_parts.stamp(97) == "97-00"
    assert choosing_load.TAGS % 2 == 0
