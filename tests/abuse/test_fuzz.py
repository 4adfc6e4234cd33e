"""Promise 14: any value that a learner may give is answered, or refused in a sentence."""

import asyncio
import json
import sys

import hypothesis
import pytest
from fuzz_values import ANY, MANY, ODD, PLAIN, SIZED, answers_or_refuses
from hypothesis import given
from hypothesis import strategies as st

from unstuck import hatches, plots, room_checks, workloads
from unstuck.__main__ import main
from unstuck.adviser import Service, advise
from unstuck.breakeven import Finder
from unstuck.breakeven_chart import breakeven_chart
from unstuck.claims import ids
from unstuck.claims_table import claims_table
from unstuck.cluster_plan import Plan as ClusterPlan
from unstuck.cluster_traffic import Traffic
from unstuck.exercises import hint
from unstuck.flame_chart import flame_chart
from unstuck.flame_read import parse_profile
from unstuck.labs.watch import check_choice
from unstuck.lane_chart import lanes_chart
from unstuck.load_plan import Plan as LoadPlan
from unstuck.load_plan import target
from unstuck.node import twin_path
from unstuck.process_pool import Pool
from unstuck.queueing import Setup
from unstuck.roads_chart import roads_chart
from unstuck.worker_count import default_workers


def of_bytes(value) -> None:
    parse_profile(value if isinstance(value, bytes) else json.dumps(value, default=str).encode())


def of_card(value) -> None:
    room_checks.card_of(json.dumps(value, default=str).encode())


CHARTS = (
    *(plots.lag_chart, plots.request_chart, lanes_chart, roads_chart),
    *(breakeven_chart, flame_chart, claims_table),
)
FUNCTIONS = {
    **{chart.__name__: chart for chart in CHARTS},
    "worker_count.default_workers": default_workers,
    "process_pool.Pool": lambda value: Pool(value).close(),
    "process_pool.Pool, start method": lambda value: Pool(1, value).close(),
    "cluster workers": lambda value: ClusterPlan(workers=value),
    "cluster spread": lambda value: ClusterPlan(spread=value),
    "cluster runtime": lambda value: ClusterPlan(runtime=value),
    "cluster app": lambda value: ClusterPlan(app=value),
    "cluster port": lambda value: ClusterPlan(port=value),
    "traffic rate": lambda value: Traffic(rate=value),
    "load rate": lambda value: LoadPlan(value, 1.0),
    "load seconds": lambda value: LoadPlan(1.0, value),
    "load connections": lambda value: LoadPlan(1.0, 1.0, connections=value),
    "load patience": lambda value: LoadPlan(1.0, 1.0, patience=value),
    "load url": target,
    "breakeven payloads": lambda value: Finder(payloads=value),
    "breakeven seconds": lambda value: Finder(budget_seconds=value),
    "queueing workers": lambda value: Setup(workers=value),
    "queueing utilisation": lambda value: Setup(utilisation=value),
    "adviser service": lambda value: Service(value, value),
    "adviser results": lambda value: advise(value, Service(20, 30)),
    "hatches.hatch": hatches.hatch,
    "node.twin_path": twin_path,
    "exercises.hint": hint,
    "watch work": lambda value: check_choice(value, 1.0),
    "watch seconds": lambda value: check_choice("prime", value),
    "profiles": of_bytes,
    "result cards": of_card,
}
SMALL_WORK = {name: getattr(workloads, name) for name in ("is_prime", "is_prime_fast")}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(value=ANY)
@MANY
def test_any_value_is_answered_or_refused_in_a_sentence(name, value):
    answers_or_refuses(FUNCTIONS[name], value)


@pytest.mark.parametrize("name", SMALL_WORK)
@given(value=SIZED)
@MANY
def test_work_takes_any_value_of_a_bounded_size(name, value):
    answers_or_refuses(SMALL_WORK[name], value)


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
VERBS = st.sampled_from(["trial", "breakeven", "load", "--json", "--seconds", "room", "nonsense"])


@given(
    words=st.lists(VERBS | WORDS, min_size=1, max_size=3).filter(lambda words: "\n" not in words)
)
@MANY
def test_the_command_line_refuses_what_it_does_not_know(words):
    """A verb and its arguments end with a sentence on standard error, never with a traceback."""
    words = [*words, "--no-such-option"]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code in (0, 2)


def is_no_number(text: str) -> bool:
    try:
        return not 0 < float(text) < 1e6
    except ValueError:
        return True


def are_claims(text: str) -> bool:
    return {each.strip().upper() for each in text.split(",")} <= set(ids())


LOAD = ["load", "http://127.0.0.1:9"]
NUMBERS = [
    ["trial", "inline", "--seconds"],
    [*LOAD, "--rate"],
    [*LOAD, "--connections"],
    [*LOAD, "--patience"],
    ["serve", "--workers"],
    ["breakeven", "--seconds"],
    ["claims", "--only"],
    ["progress", "no.ipynb", "--seconds"],
]


@pytest.mark.parametrize("words", NUMBERS, ids=" ".join)
@given(text=st.sampled_from(["nan", "inf", "-1", "0", "1e400", "", "٣"]) | WORDS)
@MANY
def test_a_verb_refuses_a_number_that_is_none(words, text):
    """As above, for the values of its options."""
    hypothesis.assume(is_no_number(text) and not (words[0] == "claims" and are_claims(text)))
    with pytest.raises(SystemExit) as ended:
        sys.exit(main([*words[:-1], f"{words[-1]}={text}"]))
    assert ended.value.code


@given(func=PLAIN | ODD, name=st.sampled_from(["inline", "threads"]))
@MANY
def test_a_hatch_refuses_what_is_no_function(func, name):
    answers_or_refuses(lambda value: asyncio.run(hatches.hatch(name).run(value)), func)
