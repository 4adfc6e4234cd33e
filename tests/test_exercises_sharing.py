"""The exercises of notebook 07: untouched, solved, and with the mistakes that people make."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import cloudpickle
import psutil
import pytest

from unstuck import sharing
from unstuck.abilities import has_interpreters
from unstuck.exercises import check, chosen_roads, same_memory, shared_numbers
from unstuck.exercises.exercise import Exercise, find
from unstuck.exercises.lost_sum import verdict
from unstuck.exercises.sharing import EXERCISES, add_safely
from unstuck.exercises.watched_numbers import KnownLock, Tally

NAMES = ("sharing.1", "sharing.2", "sharing.3")
RIGHT = find("sharing.1").answer


@pytest.fixture(autouse=True)
def answers_of_a_cell(monkeypatch):
    """An answer travels as its code, as one of a cell does: no worker imports pytest for it."""
    here, main = sys.modules[__name__], sys.modules["__main__"]
    monkeypatch.setattr(main, "__spec__", None)
    monkeypatch.delattr(main, "__file__", raising=False)
    cloudpickle.register_pickle_by_value(here)
    yield
    cloudpickle.unregister_pickle_by_value(here)


def not_yet(name: str, answer: object) -> str:
    """The sentence of a check that says "not yet"."""
    result = check(name, answer)
    assert result.outcome == "not yet", result
    return result.sentence


# 7.1: the road for a payload


def test_the_right_roads_are_right_or_the_machine_is_too_busy():
    assert check("sharing.1", RIGHT).outcome in ("right", "cannot tell here")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"a list of 100,000 ints": "process, shared block"}, "many objects"),
        ({"4 MiB, new for each task": "process, shared block"}, "must first be written"),
        ({"two bytes": "pigeon"}, "'pigeon' is no road here: 'process, pickle', 'process, reused"),
        ({"two bytes": ["process, pickle"]}, "is no road here"),
    ],
)
def test_a_road_that_cannot_be_taken_says_why_and_is_not_measured(change, reason, monkeypatch):
    monkeypatch.setattr(chosen_roads, "Roads", None)
    said = not_yet("sharing.1", RIGHT | change)
    assert reason in said
    assert ("not measured" in said) == ("block" in str(change))


def test_a_dear_road_is_told_with_its_time():
    result = check("sharing.1", RIGHT | {"4 MiB, the same for all tasks": "process, pickle"})
    assert result.outcome in ("not yet", "cannot tell here")
    assert "right" not in result.sentence


@pytest.mark.parametrize("wrong", [{}, "pickle", 7, {"two bytes": "process, pickle"}])
def test_an_answer_of_another_form_is_told_with_each_key_in_quotes(wrong):
    said = check("sharing.1", wrong).sentence
    assert "a dict with the keys 'two bytes', '4 MiB, new for each task', '4 MiB, the" in said


def test_roads_that_cannot_be_measured_are_no_fault_of_the_answer(monkeypatch):
    def no_room():
        raise MemoryError("no room")

    monkeypatch.setattr(chosen_roads, "Roads", no_room)
    result = check("sharing.1", RIGHT)
    assert (result.outcome, "no room" in result.sentence) == ("cannot tell here", True)


# 7.2: a lost update between processes


def own_slot(numbers, lock, times, slot):
    for _ in range(times):
        numbers[slot] = numbers[slot] + 1


def add_with_acquire(numbers, lock, times, slot):
    for _ in range(times):
        while not lock.acquire(timeout=0.001):
            pass
        numbers[0] += 1
        lock.release()


def look_first(numbers, lock, times, slot):
    if numbers[0] > 0:
        with lock:
            numbers[0] += times


def lose(numbers, lock, times, slot):
    for _ in range(times):
        numbers[0] = numbers[0] + 1


def write_without_reading_again(numbers, lock, times, slot):
    for _ in range(times):
        value = numbers[0]
        with lock:
            numbers[0] = value + 1


def come_later(numbers, lock, times, slot):
    time.sleep(0.3 * slot)
    numbers[0] = numbers[0] + times


def come_later_and_read_outside(numbers, lock, times, slot):
    time.sleep(0.3 * slot)
    value = numbers[0]
    with lock:
        numbers[0] = value + times


def lock_in_one_only(numbers, lock, times, slot):
    time.sleep(0.3 * slot)
    with lock if slot else contextlib.nullcontext():
        numbers[0] = numbers[0] + times


def without_the_wait(numbers, lock, times, slot):
    time.sleep(0.3 * slot)
    time.sleep = lambda seconds: None
    numbers[0] += times


def reach_inside(numbers, lock, times, slot):
    time.sleep(0.3 * slot)
    numbers._view[0] += times


def known_sums(numbers, lock, times, slot):
    with lock:
        numbers[0] = 30 if times == 15 else 1080


def one_for_both(numbers, lock, times, slot):
    if slot == 0:
        numbers[0] = numbers[0] + 2 * times


def never_give_back(numbers, lock, times, slot):
    lock.acquire()
    numbers[0] = numbers[0] + times


def add_twice(numbers, lock, times, slot):
    for _ in range(2 * times):
        with lock:
            numbers[0] += 1


def fail(numbers, lock, times, slot):
    raise LookupError("no")


def fail_at_length(numbers, lock, times, slot):
    raise LookupError("no" + "!" * 1_000_000)


def leave(numbers, lock, times, slot):
    sys.exit(3)


def drop_out(numbers, lock, times, slot):
    os._exit(3)


def killed(numbers, lock, times, slot):
    psutil.Process().kill()


def endless(numbers, lock, times, slot):
    while True:
        pass


async def with_async(*args):
    pass


@pytest.mark.parametrize("answer", [add_safely, own_slot, add_with_acquire, look_first])
def test_an_addition_that_loses_nothing_is_right(answer):
    """E04"""

    assert check("sharing.2", answer).outcome == "right"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reach_inside, "the processes added 0 and 0"),
        (known_sums, "times each, to"),
        (one_for_both, " and 0: it has to be "),
        (add_twice, "are too many"),
        (never_give_back, "Is the lock given back"),
        (fail, "raised LookupError: no"),
        (leave, "raised SystemExit: 3"),
        (drop_out, "A process ended itself with exit code 3 before your function had returned"),
        (with_async, "a plain function of (numbers, lock, times, slot), with no `async`"),
        (7, "a plain function"),
    ],
)
def test_a_wrong_addition_is_told(answer, reason):
    """E04"""

    assert reason in not_yet("sharing.2", answer)


@pytest.mark.parametrize(
    "answer",
    [
        lose,
        write_without_reading_again,
        come_later,
        come_later_and_read_outside,
        lock_in_one_only,
        without_the_wait,
    ],
)
def test_an_addition_that_can_lose_is_told_whether_or_not_the_processes_met(answer):
    """E04"""

    said = not_yet("sharing.2", answer)
    assert "are missing" in said or "Nothing got lost this time, but it can" in said


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (Tally(15, {0}, {0}), Tally(15, {0}), "both processes write numbers[0]"),
        (Tally(15, {0, 1}), Tally(15, {1}, {1}), "both processes write numbers[1]"),
        (Tally(30, {0}), Tally(), "the processes added 30 and 0"),
        (Tally(15, {0}, {0}), Tally(15, {1}, {1}), "no number of both was written without"),
    ],
)
def test_a_sum_that_is_right_is_not_enough(first, second, reason):
    assert reason in verdict([first, second], times=15, start=7, total=37).sentence


def test_a_lock_that_is_not_held_cannot_be_given_back():
    with pytest.raises(RuntimeError, match="gives back a lock that it does not hold"):
        KnownLock(threading.Lock()).release()


def test_an_endless_message_is_cut_and_nothing_stays():
    said = not_yet("sharing.2", fail_at_length)
    assert "raised LookupError: no!!!" in said
    assert len(said) < 600
    assert not [name for name in sharing.blocks() if f"-{os.getpid():x}-" in name]


@pytest.mark.skipif(os.name == "nt", reason="Windows has exit codes only")
def test_a_process_that_was_killed_is_told_and_no_fault_is_found():
    result = check("sharing.2", killed)
    assert "was ended by SIGKILL" in result.sentence
    assert result.outcome == "cannot tell here"


def test_an_addition_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(shared_numbers, "_DEADLINE", 0.5)
    assert "2 of 2 processes had not ended" in not_yet("sharing.2", endless)


def test_processes_that_do_not_come_are_no_fault_of_the_answer(monkeypatch):
    monkeypatch.setattr(shared_numbers, "_START", 0.0)
    result = check("sharing.2", add_safely)
    assert (result.outcome, "busy" in result.sentence) == ("cannot tell here", True)


def test_a_function_of_a_cell_can_be_an_answer():
    lines = (
        "def add(numbers, lock, times, slot):\n  with lock:\n    numbers[0] = numbers[0] + times"
    )
    names = {}
    exec(lines, names)
    assert check("sharing.2", names["add"]).outcome == "right"


def test_the_sum_is_told_with_what_was_added_to_what():
    said = verdict([Tally(), Tally()], times=15, start=7, total=22).sentence
    assert said == "Two processes added 1, 15 times each, to 7: the sum is 22, so 15 are missing."


OWNER = """
import os
from unstuck.exercises import check

def endless(numbers, lock, times, slot):
    os.write(1, f"{os.getpid()}\\n".encode())  # in one piece: the other process writes as well
    while True:
        pass

if __name__ == "__main__":
    check("sharing.2", endless)
"""


def test_no_process_outlives_a_kernel_that_is_killed(tmp_path, until, gone):
    script = tmp_path / "owner.py"
    script.write_text(OWNER, encoding="utf-8")
    argv = [sys.executable, str(script)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as owner:
        pids = [int(owner.stdout.readline()) for _ in range(2)]
        tracked = psutil.Process(owner.pid).children(recursive=True)
        owner.kill()
        until(lambda: all(gone(pid) for pid in pids))
        until(lambda: all(gone(each.pid) for each in tracked))
    sharing.clear_leftovers()


# 7.3: why is a bytearray slow?


@pytest.mark.parametrize(
    "answer",
    [
        memoryview,
        lambda buffer: memoryview(buffer).toreadonly(),
        lambda buffer: memoryview(buffer).cast("q"),
    ],
)
def test_a_view_of_the_buffer_is_right_where_there_are_interpreters(answer):
    result = check("sharing.3", lambda buffer: answer(buffer))
    wanted = ("right", "cannot tell here") if has_interpreters() else ("cannot tell here",)
    assert result.outcome in wanted, result
    assert has_interpreters() or "the buffer's own memory, as wanted" in result.sentence


def change(buffer):
    buffer[0] ^= 1
    return memoryview(buffer)


def change_later(buffer):
    threading.Timer(0.2, change, [buffer]).start()
    return memoryview(buffer)


def released(buffer):
    view = memoryview(buffer)
    view.release()
    return view


def slow(buffer):
    time.sleep(1.1)
    return memoryview(buffer)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda buffer: buffer, "That is a bytearray again"),
        (bytes, "That is a copy"),
        (lambda buffer: memoryview(bytearray(buffer)), "That is a copy"),
        (lambda buffer: memoryview(bytes(list(buffer))), "That is a copy"),
        (lambda buffer: bytes(range(256)) * 16384, "other bytes"),
        (lambda buffer: memoryview(buffer)[:-1], "other bytes"),
        (lambda buffer: memoryview(buffer)[::-1], "as one piece"),
        (released, "as one piece"),
        (lambda buffer: list(buffer), "Hand over bytes or a memoryview: a list"),
        (lambda buffer: None, "Hand over bytes or a memoryview: a NoneType"),
        (change, "changed the buffer"),
        (change_later, "changed the buffer"),
        (slow, "Your function alone took"),
        (lambda buffer: 1 / 0, "raised ZeroDivisionError"),
        (lambda buffer: sys.exit(4), "raised SystemExit: 4"),
    ],
)
def test_what_is_wrong_with_a_buffer_is_told(answer, reason):
    assert reason in not_yet("sharing.3", lambda buffer: answer(buffer))


@pytest.mark.parametrize("answer", [with_async, 7])
def test_no_plain_function_of_a_buffer_is_told(answer):
    assert "a plain function of a bytearray, with no `async`" in not_yet("sharing.3", answer)


def test_a_thread_that_may_still_write_is_no_right_answer(monkeypatch):
    monkeypatch.setattr(same_memory, "_LATER", 0.1)
    over = threading.Event()

    def leave_a_thread(buffer):
        threading.Thread(target=over.wait, args=(20,), daemon=True).start()
        return memoryview(buffer)

    try:
        result = check("sharing.3", leave_a_thread)
    finally:
        over.set()
    assert (result.outcome, "still runs" in result.sentence) == ("cannot tell here", True)


def test_nothing_is_timed_beside_an_earlier_answer_that_never_ended(monkeypatch, until):
    monkeypatch.setattr(same_memory, "_DEADLINE", 0.3)
    over = threading.Event()
    try:
        assert "did not end within" in not_yet("sharing.3", lambda buffer: over.wait(20))
        monkeypatch.undo()
        results = [check("sharing.1", RIGHT)]
        if has_interpreters():
            results.append(check("sharing.3", memoryview))
    finally:
        over.set()
    assert {result.outcome for result in results} == {"cannot tell here"}
    assert all("An earlier answer still runs" in result.sentence for result in results)
    until(lambda: not [each for each in threading.enumerate() if each.name == "exercise"])


# The frame of all exercises


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt("now")])
def test_an_exit_in_a_check_is_told_at_once_as_what_it_is(error, monkeypatch):
    async def judge(answer):
        raise error

    monkeypatch.setitem(EXERCISES, "9", Exercise(judge, "", 1))
    assert f"raised {type(error).__name__}: {error}" in not_yet("sharing.9", 1)


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send it to itself alone")
def test_a_real_interrupt_of_the_learner_still_ends_the_check(monkeypatch):
    over = threading.Event()

    async def judge(answer):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        await asyncio.to_thread(over.wait, 10)

    monkeypatch.setitem(EXERCISES, "9", Exercise(judge, "", 1))
    with pytest.raises(KeyboardInterrupt):
        check("sharing.9", 1)
    over.set()
