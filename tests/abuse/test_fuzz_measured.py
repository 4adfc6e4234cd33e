"""Promise 14: what is measured, sent or read takes any value, or refuses it in a sentence."""

import asyncio
import json

import pytest
import test_fuzz
from fuzz_values import ANY, EXAMPLES, MANY, ODD, PLAIN, answers_or_refuses
from how_often import LONG
from hypothesis import given, settings

from unstuck import (
    claims,
    counters,
    gil,
    hatches,
    isolation,
    lost_updates,
    pool_sizes,
    progress,
    queueing,
    results,
    roads,
    sharing,
    tracing,
    trial,
    workloads,
)
from unstuck.exercises import check
from unstuck.hatches import inline
from unstuck.lag import LagMeter
from unstuck.node import recorded_run, show_twin
from unstuck.sample_programs import sample
from unstuck.several import Several


def awaited(function):
    """The same function, awaited in a loop of its own."""
    return lambda value: asyncio.run(function(value))


def opened(function):
    """The same function, whose context is entered and left."""

    def enter(value) -> None:
        with function(value):
            pass

    return enter


MEASURED = {
    "roads, payload": awaited(lambda value: roads.try_roads(value, [1024])),
    "queueing, requests": lambda value: queueing.simulate(queueing.Setup(2, 0.5), value),
    "queueing, setup": lambda value: queueing.simulate(value, 1000),
    "updates, threads": lambda value: counters.lost_updates(counters.add_bare, value, 10),
    "updates, times": lambda value: counters.lost_updates(counters.add_locked, 1, value),
    "updates, way": awaited(lost_updates.count_together),
    "claims": awaited(lambda value: claims.ledger([value])),
    "trace, workers": awaited(
        lambda value: tracing.trace_tasks("inline", inline.run, len, [[1]], value)
    ),
    "trial, repeats": awaited(
        lambda value: trial.measure("inline", inline.run, len, [1], repeats=value)
    ),
    "trial, argument": awaited(lambda value: trial.measure("inline", inline.run, id, value)),
    "trial, function": awaited(lambda value: trial.measure("inline", inline.run, value)),
    "pool sizes": awaited(lambda value: pool_sizes.sweep([value])),
    "work, kind": lambda value: workloads.sized(value, 0.1),
    "work, seconds": lambda value: workloads.sized("prime", value),
    "limits": isolation.Limits,
    "sample program": sample,
    "servers": Several,
    "lag meter": LagMeter,
    "twin": show_twin,
    "recorded twin": lambda value: recorded_run(value, "no Node.js here"),
    "switch interval": opened(gil.switch_interval),
    "shared block, name": opened(lambda value: sharing.attach(value, 10)),
    "shared block, size": opened(lambda value: sharing.attach("us-1-a", value)),
}


@pytest.mark.parametrize("name", MEASURED)
@given(value=PLAIN | ODD)
@settings(MANY, max_examples=60 if LONG else 8)
def test_what_is_measured_takes_any_value_or_says_why_not(name, value):
    answers_or_refuses(MEASURED[name], value)


@given(value=ANY)
@MANY
def test_a_file_of_results_with_anything_in_it_is_read_or_refused(value, tmp_path):
    path = tmp_path / "kept.json"
    path.write_text(json.dumps(value, default=str), encoding="utf-8")
    answers_or_refuses(results.read, path)


@pytest.mark.parametrize("name", ["pool", "child"])
@given(value=ANY)
@settings(MANY, max_examples=40 if LONG else 4)
def test_any_value_travels_to_a_process_and_back_or_is_refused(name, value):
    run = hatches.hatch(name).run
    answers_or_refuses(lambda given: asyncio.run(run(repr, given)), value)


@given(value=PLAIN | ODD)
@settings(MANY, max_examples=20 if LONG else 1)
@pytest.mark.parametrize("name", progress.names())
def test_no_check_raises(name, value):
    assert check(name, value).outcome


def test_how_many_were_tried(figure):
    count = len(test_fuzz.FUNCTIONS) + len(test_fuzz.SMALL_WORK) + len(test_fuzz.NUMBERS) + 2
    count += len(MEASURED) + len(progress.names()) + 3
    what = f"{count} functions, up to {EXAMPLES} examples each"
    figure(14, "public functions fuzzed", "a value or a named error", what, EXAMPLES * count)
