"""The exercises of notebook 04: untouched, right, wrong, lucky, senseless, and beside a CPU hog."""

import subprocess
import sys
import threading
import time

import pytest

from unstuck.abilities import gil_state
from unstuck.exercises import check, solution, thread_boxes
from unstuck.exercises import threads as ours
from unstuck.workloads import is_prime

HOG = "while True: pass"


@pytest.fixture(autouse=True)
def no_thread_of_a_learner_is_left(until):
    yield
    until(lambda: not [each for each in threading.enumerate() if each.name == "exercise"])


@pytest.fixture
def hog():
    """Two processes that want every CPU."""
    argv = [sys.executable, "-c", HOG]
    busy = [subprocess.Popen(argv, stdin=subprocess.DEVNULL) for _ in range(2)]
    yield
    for process in busy:
        process.kill()
        process.wait(5)


@pytest.mark.parametrize("number", ["2", "3"])
def test_the_solution_is_right(number):
    assert check(f"threads.{number}", solution(f"threads.{number}")).outcome == "right"


@pytest.mark.parametrize("number", ["2", "3"])
def test_the_solution_is_right_beside_a_cpu_hog(number, hog):
    assert check(f"threads.{number}", solution(f"threads.{number}")).outcome == "right"


# 1: predict


def predict(**changed) -> dict:
    answer = dict(ours.EXERCISES["1"].answer)
    return {**answer, **{name.replace("_", " "): value for name, value in changed.items()}}


def test_a_prediction_is_right_or_the_machine_too_busy():
    """A build without the GIL has no turns."""
    answer = predict() if gil_state() == "on" else predict(prime_in_a_thread="quiet")
    for _ in range(3):
        result = check("threads.1", answer)
        assert result.outcome in ("right", "cannot tell here"), result
        if result.outcome == "right":
            return
    pytest.skip("this machine was too busy three times")


@pytest.mark.parametrize(
    "wrong",
    [
        {"prime_in_a_thread": "blocked"},
        {"digest_in_a_thread": "turns"},
        {"wait_in_a_thread": "blocked"},
        {"prime_inline": "quiet"},
    ],
)
def test_a_wrong_prediction_is_told_by_the_measurement(wrong):
    result = check("threads.1", predict(**wrong))
    assert result.outcome in ("not yet", "cannot tell here")
    if result.outcome == "not yet":
        assert "the median beat came" in result.sentence


def test_a_prediction_is_never_wrongly_praised_beside_a_cpu_hog(hog):
    result = check("threads.1", predict(prime_inline="quiet"))
    assert result.outcome in ("not yet", "cannot tell here")


@pytest.mark.parametrize("value", [3, "quiet", [], {}, {"prime inline": "blocked"}])
def test_a_prediction_that_is_none_is_told_its_form(value):
    assert "dict with the keys" in check("threads.1", value).sentence


def test_a_prediction_with_an_unknown_class_is_told_the_classes():
    assert "quiet, turns, blocked" in check("threads.1", predict(prime_inline="slow")).sentence


def test_the_switch_interval_is_as_before_after_a_check():
    before = sys.getswitchinterval()
    check("threads.1", predict())
    assert sys.getswitchinterval() == before


# 2: a lost update


def broken(box, times):
    for _ in range(times):
        value = box.value
        box.value = value + 1


def bare(box, times):
    for _ in range(times):
        box.value += 1


def lock_of_its_own(box, times):
    lock = threading.Lock()
    for _ in range(times):
        with lock:
            box.value += 1


def read_outside(box, times):
    for _ in range(times):
        value = box.value
        with box.lock:
            box.value = value + 1


def reordered_by_sleeps(box, times):
    time.sleep(0.005 * (threading.get_ident() % 7))
    for _ in range(times):
        box.value += 1
        time.sleep(0.001)


def hard_coded(box, times):
    box.value = 2 * times


@pytest.mark.parametrize("wrong", [broken, bare, lock_of_its_own, read_outside])
def test_a_lost_update_is_seen(wrong):
    result = check("threads.2", wrong)
    assert result.outcome == "not yet"
    assert "missing" in result.sentence


@pytest.mark.parametrize("lucky", [reordered_by_sleeps, hard_coded])
def test_a_lucky_count_is_not_yet(lucky):
    assert check("threads.2", lucky).outcome == "not yet"


def test_other_ways_to_be_right_are_right():
    def at_once(box, times):
        with box.lock:
            box.value += times

    one_for_all = threading.Lock()

    def other_lock(box, times):
        for _ in range(times):
            with one_for_all:
                box.value += 1

    assert check("threads.2", at_once).outcome == "right"
    assert check("threads.2", other_lock).outcome == "right"


def test_a_deadlock_is_told_and_leaves_no_thread(monkeypatch):
    monkeypatch.setattr(thread_boxes, "_DEADLINE", 0.5)

    def locks_twice(box, times):
        with box.lock, box.lock:
            box.value += times

    result = check("threads.2", locks_twice)
    assert (result.outcome, "had not returned" in result.sentence) == ("not yet", True)


# 3: work that cannot be stopped


def deaf(stop, numbers):
    return [number for number in numbers if is_prime(number)]


def looks_once(stop, numbers):
    return [] if stop.is_set() else deaf(stop, numbers)


def forgets(stop, numbers):
    for _ in numbers:
        if stop.is_set():
            break
    return []


def by_the_clock(stop, numbers):
    end, found = time.monotonic() + 1, []
    for number in numbers:
        if time.monotonic() > end:
            break
        if is_prime(number):
            found.append(number)
    return found


def first_hundred(stop, numbers):
    return [number for _, number in zip(range(100), numbers, strict=False) if is_prime(number)]


@pytest.mark.parametrize("wrong", [deaf, looks_once, by_the_clock, first_hundred])
def test_work_that_does_not_heed_the_flag_is_not_yet(wrong):
    result = check("threads.3", wrong)
    assert result.outcome == "not yet"
    assert "could not be stopped" in result.sentence


def test_work_that_throws_its_findings_away_is_not_yet():
    assert "list of primes" in check("threads.3", lambda stop, numbers: None).sentence
    assert "where are the others" in check("threads.3", forgets).sentence


def test_the_flag_may_be_looked_at_after_the_number():
    def after(stop, numbers):
        found = []
        for number in numbers:
            if is_prime(number):
                found.append(number)
            if stop.is_set():
                return found
        return found

    assert check("threads.3", after).outcome == "right"


# senseless values


async def coroutine(box, times):
    return None


def raises(*args):
    raise ZeroDivisionError("oh")


def leaves(*args):
    raise SystemExit(3)


@pytest.mark.parametrize("number", ["2", "3"])
@pytest.mark.parametrize("value", [3, "x", [], object(), coroutine])
def test_anything_but_a_plain_function_is_told_what_is_wanted(number, value):
    assert "plain function" in check(f"threads.{number}", value).sentence


@pytest.mark.parametrize("number", ["2", "3"])
@pytest.mark.parametrize(
    ("function", "named"), [(raises, "ZeroDivisionError: oh"), (leaves, "SystemExit: 3")]
)
def test_an_exception_of_the_learner_is_named(number, function, named):
    assert named in check(f"threads.{number}", function).sentence
