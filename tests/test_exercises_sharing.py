"""The exercises of notebook 07: untouched, solved, and with the mistakes that people make."""

import pytest

from unstuck.abilities import has_interpreters
from unstuck.exercises import check
from unstuck.exercises.exercise import find
from unstuck.exercises.sharing import add_safely

NAMES = ("sharing.1", "sharing.2", "sharing.3")
RIGHT = find("sharing.1").answer


@pytest.mark.parametrize("name", NAMES)
def test_an_untouched_exercise_is_not_tried_yet(name):
    assert check(name, ...).outcome == "not tried yet"


def test_the_right_roads_are_right_or_the_machine_is_too_busy():
    assert check("sharing.1", RIGHT).outcome in ("right", "cannot tell here")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"a list of 100,000 ints": "process, shared block"}, "many objects"),
        ({"4 MiB, new for each task": "process, shared block"}, "must first be written"),
        ({"two bytes": "pigeon"}, "is no road here"),
    ],
)
def test_a_road_that_cannot_be_taken_says_why(change, reason):
    result = check("sharing.1", RIGHT | change)
    assert result.outcome == "not yet"
    assert reason in result.sentence


def test_a_dear_road_is_told_with_its_time():
    result = check("sharing.1", RIGHT | {"4 MiB, the same for all tasks": "process, pickle"})
    assert result.outcome in ("not yet", "cannot tell here")
    assert "right" not in result.sentence


@pytest.mark.parametrize("wrong", [{}, "pickle", 7, {"two bytes": "process, pickle"}])
def test_an_answer_of_another_form_is_told(wrong):
    assert "a dict with the keys" in check("sharing.1", wrong).sentence


def own_slot(numbers, lock, times, slot):
    for _ in range(times):
        numbers[slot] = numbers[slot] + 1


def add_and_lose(numbers, lock, times, slot):
    for _ in range(times):
        numbers[0] = numbers[0] + 1


def write_without_reading_again(numbers, lock, times, slot):
    for _ in range(times):
        value = numbers[0]
        with lock:
            numbers[0] = value + 1


def never_give_back(numbers, lock, times, slot):
    lock.acquire()
    numbers[0] = numbers[0] + times


def add_twice(numbers, lock, times, slot):
    add_safely(numbers, lock, 2 * times, slot)


def fail(numbers, lock, times, slot):
    raise LookupError("no")


@pytest.mark.parametrize("answer", [add_safely, own_slot])
def test_an_addition_that_loses_nothing_is_right(answer):
    """E04"""

    assert check("sharing.2", answer).outcome == "right"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (add_and_lose, "are missing"),
        (write_without_reading_again, "are missing"),
        (add_twice, "are too many"),
        (never_give_back, "Is the lock given back"),
        (fail, "raised LookupError: no"),
        (7, "a plain function"),
    ],
)
def test_a_wrong_addition_is_told(answer, reason):
    """E04"""

    result = check("sharing.2", answer)
    assert result.outcome == "not yet"
    assert reason in result.sentence


def test_a_function_of_a_cell_can_be_an_answer():
    lines = (
        "def add(numbers, lock, times, slot):\n  with lock:\n    numbers[0] = numbers[0] + times"
    )
    names = {}
    exec(lines, names)
    assert check("sharing.2", names["add"]).outcome == "right"


@pytest.mark.parametrize("answer", [memoryview, bytes])
def test_a_view_or_bytes_are_quicker_than_a_bytearray(answer):
    wanted = ("right", "not yet") if has_interpreters() else ("cannot tell here",)
    assert check("sharing.3", lambda buffer: answer(buffer)).outcome in wanted


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda buffer: buffer, "That is a bytearray again"),
        (lambda buffer: memoryview(buffer)[:-1], "other bytes"),
        (lambda buffer: None, "other bytes"),
        (lambda buffer: 1 / 0, "raised ZeroDivisionError"),
        (7, "a plain function"),
    ],
)
def test_what_is_wrong_with_a_buffer_is_told(answer, reason):
    result = check("sharing.3", answer)
    assert result.outcome == "not yet"
    assert reason in result.sentence
