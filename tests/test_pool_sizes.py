"""The right size is measured: the sweep's sizes, its finding, and its honesty about noise."""

import asyncio

import pytest

from unstuck.pool_sizes import SizeRow, Sweep, sizes_to_try, sweep


def found(*rates: tuple) -> Sweep:
    rows = tuple(SizeRow(size, each, 10_000_000) for size, each in enumerate(rates, 1))
    return Sweep(rows, "work", 2, "a machine", "today")


@pytest.mark.parametrize(
    ("cpus", "memory", "sizes"),
    [
        (1, 0, [1, 2]),
        (2, 0, [1, 2, 4]),
        (3, 0, [1, 2, 3, 4, 6]),
        (8, 0, [1, 2, 4, 8, 16]),
        (64, 0, [1, 4, 8, 16, 32, 61]),
        (8, 500_000_000, [1, 2, 4]),
        (4, 1, [1]),
    ],
)
def test_sizes_go_from_one_to_twice_the_cpus_where_memory_allows(cpus, memory, sizes):
    """D01"""
    assert sizes_to_try(cpus, memory) == sizes


def test_the_knee_is_the_smallest_size_near_the_best():
    assert found((10, 10, 10), (19, 19, 19), (20, 20, 20)).knee == 2
    assert "From 2 workers on" in found((10, 10, 10), (19, 19, 19), (20, 20, 20)).sentence


def test_one_cpu_makes_the_knee_one():
    assert found((10, 10, 10), (10, 10, 10), (9, 9, 9)).knee == 1


def test_rounds_that_differ_wildly_give_no_knee():
    sweep = found((10, 10, 10), (5, 19, 10))
    assert sweep.knee is None
    assert sweep.sentence.startswith("Cannot tell here")


def test_a_knee_at_the_largest_size_is_no_finding():
    assert "the largest size of all, 3, did best" in found((10,) * 3, (20,) * 3, (30,) * 3).sentence
    assert "From 1 worker on" in found((10, 10, 10)).sentence  # where no other size fits


def test_nothing_to_run_is_one_sentence():
    for options in ({"sizes": []}, {"tasks": 0}):
        with pytest.raises(ValueError, match="at least one size and one task"):
            asyncio.run(sweep(**options))


def test_each_size_is_really_run():
    seen = asyncio.run(sweep([1, 3], tasks=4))
    assert [row.size for row in seen.rows] == [1, 3]
    assert all(len(row.rates) == 3 and min(row.rates) > 0 for row in seen.rows)
    assert all(1_000_000 < row.worker_bytes < 200_000_000 for row in seen.rows)
    assert "3 workers:" in repr(seen)


@pytest.mark.parametrize("wrong", [[0], [62], [1.5]])
def test_wrong_sizes_are_one_sentence(wrong):
    with pytest.raises(ValueError, match="size must be a whole number"):
        asyncio.run(sweep(wrong))
