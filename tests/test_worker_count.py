"""Cases D01, D04, D05: any wish becomes a number of workers that fits, and a sentence."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unstuck.worker_count import default_workers

MANY = {"cpus": 64, "memory": 64_000_000_000}


@pytest.mark.parametrize(
    ("cpus", "memory", "count", "because"),
    [
        (64, 64_000_000_000, 4, "a lesson uses at most 4"),
        (2, 64_000_000_000, 2, "may use 2 CPUs"),
        (1, 64_000_000_000, 1, "may use 1 CPU."),
        (64, 450_000_000, 3, "80 % of 450 MB has room for 3 workers of 100 MB each"),
        (64, 50_000_000, 1, "room for 0 workers of 100 MB each, and 1 is the least"),
        (3, 0, 3, "may use 3 CPUs"),
    ],
)
def test_the_least_of_cpus_memory_and_lesson_cap_decides(cpus, memory, count, because):
    """D01, D05; memory 0 means unknown and decides nothing."""
    workers = default_workers(cpus=cpus, memory=memory)
    assert workers.count == count
    assert because in workers.reason


@pytest.mark.parametrize(
    ("wanted", "count", "said"),
    [
        (64, 4, "You asked for 64: 4 workers, because a lesson uses at most 4."),
        (1000, 4, "You asked for 1000: 4 workers, because a lesson uses at most 4."),
        (0, 1, "You asked for 0: 1 worker, because 1 is the least."),
        (-1, 1, "You asked for -1: 1 worker, because 1 is the least."),
        (2.5, 2, "You asked for 2.5: 2 workers, because only whole workers can start."),
        (3, 3, "You asked for 3: 3 workers, within the 4 that fit here."),
        ("4", 4, "You asked for 4: 4 workers, within the 4 that fit here."),
        ("x", 4, "You asked for 'x', which is no number: 4 workers, because a lesson uses"),
        (None, 4, "4 workers, because a lesson uses at most 4."),
        (math.nan, 4, "You asked for nan, which is no number: 4 workers"),
        (math.inf, 4, "You asked for inf: 4 workers, because"),
        (-math.inf, 1, "You asked for -inf: 1 worker, because"),
        (True, 4, "You asked for True, which is no number: 4 workers"),
        (10**5000, 4, "4 workers, because a lesson uses at most 4."),
        (-(10**5000), 1, "1 worker, because 1 is the least."),
        ([1], 4, "You asked for a value of type list, which is no number: 4 workers"),
    ],
    ids=lambda value: f"D04 {type(value).__name__}",
)
def test_a_strange_wish_is_capped_with_a_plain_sentence(wanted, count, said):
    """D04"""
    workers = default_workers(wanted, **MANY)
    assert workers.count == count
    assert said in workers.reason


@pytest.mark.parametrize("memory_each", [0, -1])
def test_workers_that_need_no_memory_are_not_limited_by_it(memory_each):
    """D01"""
    assert default_workers(memory_each=memory_each, cpus=3, memory=1).count == 3


def test_this_machine_is_asked_when_nothing_is_given():
    """D01"""
    assert 1 <= default_workers().count <= 4


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**400),
    st.floats(),
    st.text(),
    st.from_regex(r"[-+ ]?[0-9]{1,400}\.?[0-9]?"),
    st.binary(),
    st.complex_numbers(),
    st.decimals(),
    st.fractions(),
    st.lists(st.integers()),
    st.builds(object),
)


@settings(database=None, deadline=None, max_examples=200)
@given(wanted=anything, cpus=st.integers(1, 512), memory=st.integers(0, 10**13))
def test_whatever_is_wanted_the_count_fits_and_the_reason_is_one_line(wanted, cpus, memory):
    """D04, for values nobody thought of."""
    workers = default_workers(wanted, cpus=cpus, memory=memory)
    assert type(workers.count) is int
    assert 1 <= workers.count <= min(4, cpus)
    assert workers.count == 1 or not memory or workers.count * 100_000_000 <= 0.8 * memory
    assert workers.reason.isprintable()
    assert workers.reason.endswith(".")
    assert len(workers.reason) < 200
