"""The work of the course: known answers, wrong input refused, and a light import."""

import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import unstuck
from unstuck import workloads
from unstuck.node import twin_path
from unstuck.workloads import (
    ARTICLE_NUMBER,
    check_seconds,
    digest,
    is_prime,
    is_prime_fast,
    next_prime,
    nothing,
    sized,
    small,
    wait,
    witness,
)

# Composites that fool weaker tests: Carmichael numbers, then strong pseudoprimes to several
# bases, to the first 8, and to the first 11 primes.
LIARS = [561, 1105, 1729, 2465, 2821, 6601, 8911, 825_265, 321_197_185]
STRONG_LIARS = [2047, 1_373_653, 25_326_001, 3_215_031_751, 341_550_071_728_321]
STRONGEST_LIAR = 3_825_123_056_546_413_051


def sieve(end: int) -> set[int]:
    primes = set(range(2, end))
    for number in range(2, math.isqrt(end) + 1):
        primes -= set(range(number * number, end, number))
    return primes


@pytest.mark.parametrize("test", [is_prime, is_prime_fast])
def test_primes_below_2000_are_those_of_a_sieve(test):
    assert {n for n in range(-10, 2000) if test(n)} == sieve(2000)


@pytest.mark.parametrize("test", [is_prime, is_prime_fast])
def test_the_number_of_the_article_is_prime_and_its_neighbour_is_not(test):
    """X1"""
    assert test(ARTICLE_NUMBER)
    assert not test(ARTICLE_NUMBER - 2)


@pytest.mark.parametrize("n", [*LIARS, *STRONG_LIARS])
def test_a_composite_that_fools_weaker_tests_is_found_out(n):
    assert not is_prime(n)
    assert not is_prime_fast(n)


def test_the_fast_test_finds_out_the_strongest_liar_below_2_to_the_64():
    assert STRONGEST_LIAR == 149_491 * 747_451 * 34_233_211
    assert not is_prime_fast(STRONGEST_LIAR)


@settings(deadline=None, max_examples=200)
@given(some.integers(min_value=-100, max_value=10**9))
def test_the_fast_test_agrees_with_trial_division(n):
    assert is_prime_fast(n) == is_prime(n)


@pytest.mark.parametrize("call", [is_prime, is_prime_fast, digest])
@given(wrong=some.one_of(some.floats(), some.text(), some.booleans(), some.none(), some.binary()))
def test_anything_but_a_whole_number_is_refused_with_a_sentence(call, wrong):
    """X7"""
    with pytest.raises(TypeError, match="must be a whole number"):
        call(wrong)


@pytest.mark.parametrize("wrong", [math.nan, 2.5, "7", "abc", True, None])
def test_what_the_article_took_for_a_number_is_refused(wrong):
    """X7"""
    with pytest.raises(TypeError, match="must be a whole number"):
        is_prime(wrong)


@pytest.mark.parametrize("rounds", [0, -1])
def test_a_digest_needs_one_round_or_more(rounds):
    with pytest.raises(ValueError, match="1 or more"):
        digest(rounds)


def test_node_gives_the_same_digest(needs_node):
    script = (
        f"import {{ digest }} from {twin_path('workloads').as_uri()!r}; console.log(digest(77))"
    )
    argv = [needs_node, "--input-type=module", "-e", script]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == digest(77)


def test_waiting_gives_back_the_seconds():
    assert wait(0.01) == 0.01


@pytest.mark.parametrize("wrong", [math.nan, math.inf, 0, -1, 60.1, 1e9])
def test_seconds_out_of_bounds_are_refused(wrong):
    with pytest.raises(ValueError, match="above 0 and at most 60"):
        check_seconds(wrong)


@pytest.mark.parametrize("wrong", ["1", None, True, [1]])
def test_seconds_that_are_no_number_are_refused(wrong):
    with pytest.raises(TypeError, match="must be a number"):
        check_seconds(wrong)


@given(some.integers(min_value=0, max_value=10**6))
def test_the_next_prime_is_prime_and_none_lies_before_it(n):
    found = next_prime(n)
    assert is_prime(found)
    assert not any(map(is_prime, range(max(n, 3), found)))


def test_the_sized_prime_is_prime_and_grows_with_the_seconds():
    (short_test, short), (_, long) = sized("prime", 1.0), sized("prime", 4.0)
    assert short_test is is_prime
    assert is_prime_fast(short)
    assert is_prime_fast(long)
    assert 12 < long / short < 20  # four times the seconds: sixteen times the number


@pytest.mark.skipif(sys.platform == "win32", reason="its CPU clock is too coarse")
def test_what_other_programs_take_does_not_count_in_a_calibration():
    def disturbed(rounds):
        time.sleep(0.3)
        digest(rounds)

    assert 0 < workloads._quickest(disturbed, 1000) < 0.3


@pytest.mark.parametrize("kind", workloads.KINDS)
def test_sized_work_takes_about_the_seconds_asked(kind):
    func, argument = sized(kind, 2.0)
    took = min(witness(func, argument)[3] for _ in range(3))
    assert small(2.0) / 5 < took < small(2.0) * 5


def test_a_kind_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(ValueError, match="prime, digest, wait"):
        sized("sleep", 1.0)


def test_small_work_is_a_tenth_and_never_longer_than_asked(monkeypatch):
    monkeypatch.setenv("UNSTUCK_SMALL", "1")
    assert [small(10), small(1.0), small(0.1), small(0.01)] == [1.0, 0.1, 0.05, 0.01]
    monkeypatch.delenv("UNSTUCK_SMALL")
    assert small(1.0) == 1.0


def test_a_witness_tells_who_did_the_work():
    answer, pid, _, seconds = witness(is_prime, 97)
    assert (answer, pid) == (True, os.getpid())
    assert seconds > 0
    assert witness(nothing)[0] is None


IMPORT = """
import sys
sys.path.insert(0, {folder!r})
before = set(sys.modules)
import unstuck.workloads
print(*(set(sys.modules) - before))
"""


def test_a_child_that_imports_the_work_pays_for_nothing_else():
    """In an interpreter without site-packages."""
    script = IMPORT.format(folder=str(Path(unstuck.__file__).parents[1]))
    argv = [sys.executable, "-S", "-E", "-c", script]
    said = subprocess.check_output(argv, text=True, timeout=30).split()
    modules = {module.partition(".")[0] for module in said}
    assert modules - set(sys.stdlib_module_names) == {"unstuck"}
    assert not modules & {"asyncio", "multiprocessing", "concurrent", "subprocess", "socket"}
