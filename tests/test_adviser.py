"""The adviser: a case for each answer where it is right, and for each "measure this first"."""

import datetime
import math

import pytest
from choosing_cases import board, found, passages, waits

from unstuck.adviser import CATEGORIES, Advice, Service, advise
from unstuck.results import keep, read, recorded_path
from unstuck.scoreboard_rows import Stay

pytestmark = pytest.mark.once  # Python's version changes nothing here

EVERYTHING = [found(), board(), waits(), waits("node"), passages()]


def asked(results=EVERYTHING, **service) -> Advice:
    facts = {"requests_per_second": 10, "cpu_ms": 50, "cpus": 2} | service
    return advise(results, Service(**facts))


RIGHT = {
    "little computing stays inline": ({"cpu_ms": 0.2}, "stay inline", "answer = func(*args)"),
    "little computing stays inline in Node.js": (
        {"cpu_ms": 0.2, "runtime": "node"},
        "stay inline",
        "const answer",
    ),
    "what waits is awaited": ({"cpu_ms": 0, "waits_ms": 50}, "async IO", "await connection"),
    "a little computing beside a wait": ({"cpu_ms": 0.1, "waits_ms": 50}, "async IO", "await"),
    "a driver that blocks goes to threads": (
        {"cpu_ms": 0, "waits_ms": 500, "blocking_wait": True},
        "asyncio with to_thread",
        "ThreadPoolExecutor(10)",
    ),
    "Node.js has an asynchronous form": (
        {"cpu_ms": 0, "waits_ms": 50, "blocking_wait": True, "runtime": "node"},
        "async IO",
        "never a ...Sync call",
    ),
    "C that releases the GIL goes to threads": (
        {"in_c": True},
        "asyncio with to_thread",
        "to_thread",
    ),
    "C in Node.js goes to its helper threads": (
        {"in_c": True, "runtime": "node"},
        "helper threads",
        "UV_THREADPOOL_SIZE=4",
    ),
    "pure Python goes to interpreters where they do as much": (
        {},
        "interpreter pool",
        "Interpreters(1)",
    ),
    "JavaScript goes to piscina": ({"runtime": "node"}, "piscina", "maxThreads: 1"),
    "two workers where one would be busy": ({"requests_per_second": 25}, "interpreter pool", "(2)"),
    "a big payload is shared": ({"payload_bytes": 4 * 2**20}, "shared memory", "SharedCalls"),
    "a big payload is moved in Node.js": (
        {"payload_bytes": 4 * 2**20, "runtime": "node"},
        "piscina",
        "transferList",
    ),
    "a payload whose copy is cheap is copied": (
        {"payload_bytes": 2**20},
        "interpreter pool",
        "Interpreters",
    ),
    "a stranger's code gets a child": (
        {"untrusted": True, "requests_per_second": 1},
        "child with limits",
        "isolate(source, Limits(",
    ),
    "a stranger's code in Node.js": (
        {"untrusted": True, "requests_per_second": 1, "runtime": "node"},
        "child with limits",
        "killSignal",
    ),
    "many light requests get more loops": (
        {"cpu_ms": 0.4, "requests_per_second": 3000},
        "server workers",
        "-m uvicorn --workers 2",
    ),
    "by gunicorn": (
        {"cpu_ms": 0.4, "requests_per_second": 3000, "server": "gunicorn"},
        "server workers",
        "-m gunicorn --workers 2",
    ),
    "by granian": (
        {"cpu_ms": 0.4, "requests_per_second": 3000, "server": "granian"},
        "server workers",
        "-m granian --workers 2",
    ),
    "by Node's cluster": (
        {"cpu_ms": 0.4, "requests_per_second": 3000, "runtime": "node"},
        "Node cluster",
        "cluster.fork()",
    ),
    "on a platform one process per pod": (
        {"cpu_ms": 0.4, "requests_per_second": 3000, "kubernetes": True},
        "one process per pod",
        "replicas: 2",
    ),
    "a pod with heavy work has a worker inside": (
        {"requests_per_second": 100, "kubernetes": True, "runtime": "node"},
        "one process per pod",
        "of size 1",
    ),
    "too much for all CPUs": ({"requests_per_second": 100}, "more CPUs", "cpus=8"),
    "too many starts": ({"untrusted": True, "requests_per_second": 50}, "more CPUs", "cpus=11"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_each_answer_where_it_is_right(name):
    service, category, words = RIGHT[name]
    advice = asked(**service)
    assert advice.category == category, advice
    assert words in advice.configuration
    assert advice.because
    assert advice.change
    assert not advice.measure_first


def test_each_category_has_a_case():
    only_without_interpreters = {"process pool"}
    answers = {category for _, category, _ in RIGHT.values()}
    assert answers | only_without_interpreters | {"measure this first"} == set(CATEGORIES)


def test_without_interpreters_it_is_a_process_pool():
    results = [found({"pool": 1.0}), board(drop=[("python", "interpreters")])]
    assert asked(results).category == "process pool"
    slow = {("python", "interpreters", "pure CPU"): 25}
    assert asked([found(), board(rates=slow)]).category == "process pool"


def test_what_pays_alone_is_taken():
    only = [found({"pool": 30.0, "interpreters": 1.0}), board()]
    assert asked(only, cpu_ms=10).category == "interpreter pool"
    assert asked([found({"pool": 1.0, "interpreters": 30.0}), board()], cpu_ms=10).category == (
        "process pool"
    )


def test_a_thousand_threads_are_too_many():
    service = {"cpu_ms": 0, "waits_ms": 5000, "blocking_wait": True, "requests_per_second": 400}
    advice = asked(**service)
    assert advice.category == "async IO"
    assert "threads would be 4,000: find a driver that can be awaited" in advice.because


def test_the_numbers_are_quoted_with_their_source_and_date():
    text = repr(asked(requests_per_second=25))
    assert "pays from tasks of 1 ms on (break-even, here, 20" in text
    assert "40 tasks/s and a lag of 3 ms; in the loop 20 tasks/s" in text
    assert "2 workers 62% busy" in text
    assert "(Erlang C)" in text
    assert "It would change if cpu_ms fell below 1" in text


def test_where_nothing_pays_a_hatch_buys_a_free_loop():
    nothing = found({"pool": None, "interpreters": None})
    flat = {("python", name, "pure CPU"): 20 for name in ("pool", "interpreters")}
    advice = asked([nothing, board(rates=flat)], requests_per_second=5)
    assert advice.category == "process pool"
    assert "it buys a free loop; sooner it is not" in advice.because
    assert asked([nothing, board(rates=flat)], cpu_ms=0.3).category == "stay inline"


NODE_RECORDED = [found(), board()]
FIRST = {
    "there is nothing": ([], {}, "there is no break-even of yours yet", "await find_breakeven()"),
    "there is no scoreboard": ([found()], {}, "there is no scoreboard", "await scoreboard()"),
    "the break-even is old": (
        [found(date="2001-01-01"), board()],
        {},
        "days old",
        "await find_breakeven()",
    ),
    "the scoreboard is of another machine": (
        [found(), board(machine="a Cray")],
        {},
        "was recorded elsewhere (a Cray)",
        "await scoreboard()",
    ),
    "two scoreboards contradict": (
        [found(), board(), board(rates={("python", "pool", "pure CPU"): 4})],
        {},
        "your two scoreboards contradict: pool (Python)",
        "await scoreboard()",
    ),
    "two break-evens contradict": (
        [found({"pool": 1.0}), found({"pool": 20.0}), board()],
        {},
        "your two break-evens contradict: pool pays from 1 ms, and from 20 ms",
        "await find_breakeven()",
    ),
    "one says never": (
        [found({"pool": None}), found({"pool": 1.0}), board()],
        {},
        "and never",
        "await find_breakeven()",
    ),
    "break-even and scoreboard contradict": (
        [found({"pool": 1.0}), board(rates={("python", "pool", "pure CPU"): 5})],
        {},
        "your results contradict: pool pays from 1 ms",
        "await find_breakeven() and await scoreboard()",
    ),
    "a pool that never pays, and does": (
        [found({"pool": None}), board()],
        {},
        "pool pays never, and does 40 tasks",
        "await find_breakeven() and await scoreboard()",
    ),
    "Node.js was not measured": (
        [found({"pool": 1.0}), board()],
        {"runtime": "node"},
        "node pool is not in your break-even",
        "await find_breakeven()",
    ),
    "the roads are not known": (
        [found(), board()],
        {"payload_bytes": 2**20},
        "there is no roads of yours yet",
        "await try_roads('bytes')",
    ),
    "no waits at a cluster": (
        [found(), board(), waits("node")],
        {"cpu_ms": 0.4, "requests_per_second": 3000},
        "no waits at a cluster in python",
        "await light_beside_heavy()",
    ),
    "no guest was let in": (
        [found(), board(stays=[])],
        {"untrusted": True},
        "no guest was let into child",
        "await scoreboard()",
    ),
    "a child that kept nobody apart": (
        [board(stays=[Stay("python", "child", "told", "works on")])],
        {"untrusted": True},
        "did not keep a guest apart",
        "await scoreboard()",
    ),
    "C code that holds the GIL": (
        [found(), board(rates={("python", "threads", "CPU in C"): 15})],
        {"in_c": True},
        "did it release the GIL?",
        "await scoreboard()",
    ),
    "a row is not there": (
        [found(), board(drop=[("python", "await")])],
        {"cpu_ms": 0, "waits_ms": 9},
        "await in python with waiting is not on your scoreboard",
        "await scoreboard()",
    ),
}


@pytest.mark.parametrize("name", FIRST)
def test_it_says_measure_this_first(name):
    results, service, why, call = FIRST[name]
    advice = asked(results, **service)
    assert advice.category == "measure this first"
    assert why in advice.because[0]
    assert advice.measure_first == (call,)
    assert call in repr(advice)


def test_the_record_that_ships_with_the_course_is_no_evidence():
    theirs = read(recorded_path("breakeven"))
    advice = asked([*theirs, board()])
    assert advice.category == "measure this first"
    assert "was recorded elsewhere" in advice.because[0]


def test_a_kept_run_of_this_machine_is_evidence(tmp_path):
    mine = read(keep(tmp_path / "mine.json", [found()]))
    assert mine[0].recorded
    assert asked([*mine, board()]).category == "interpreter pool"


def test_an_old_result_does_not_hide_a_new_one():
    assert asked([found(), found(date="2001-01-01"), board()]).category == "interpreter pool"
    later = datetime.date.today() + datetime.timedelta(days=99)
    assert advise(EVERYTHING, Service(10, 50), later).category == "measure this first"


def test_what_was_measured_on_a_busy_machine_is_named_as_unsure():
    doubtful = board(notes=("The machine was busy meanwhile, so this is unsure: so.",))
    advice = asked([found(), doubtful])
    assert advice.category == "interpreter pool"
    assert advice.because[-1].startswith("unsure: others used the machine meanwhile (scoreboard")


def test_a_light_service_needs_no_scoreboard():
    assert asked([found()], cpu_ms=0.2).category == "stay inline"


def test_results_may_lie_in_lists_and_dicts_and_others_are_refused():
    assert asked({"a": [found()], "b": (board(), None)}).category == "interpreter pool"
    with pytest.raises(TypeError, match="results of the course"):
        asked(["a board"])
    with pytest.raises(TypeError, match="give a Service"):
        advise([], {"cpu_ms": 3})


@pytest.mark.parametrize(
    ("service", "told"),
    [
        ({"requests_per_second": 0}, "above 0"),
        ({"requests_per_second": -1}, "requests_per_second is a number"),
        ({"requests_per_second": math.nan}, "not nan"),
        ({"requests_per_second": math.inf}, "not inf"),
        ({"requests_per_second": True}, "not True"),
        ({"requests_per_second": 10**400}, "requests_per_second"),
        ({"cpu_ms": "fast"}, "cpu_ms is a number"),
        ({"cpu_ms": -0.1}, "0 or more"),
        ({"cpu_ms": 0}, "neither computes nor waits"),
        ({"waits_ms": None}, "waits_ms"),
        ({"payload_bytes": -5}, "payload_bytes"),
        ({"untrusted": "yes"}, "untrusted is True or False"),
        ({"runtime": "ruby"}, "python, node"),
        ({"server": "apache"}, "uvicorn, gunicorn, granian"),
        ({"cpus": 0}, "cpus is a whole number"),
        ({"cpus": 1.5}, "cpus is a whole number"),
    ],
)
def test_absurd_numbers_are_named(service, told):
    with pytest.raises(ValueError, match=told):
        Service(**{"requests_per_second": 10, "cpu_ms": 50, **service})


def test_too_much_work_says_how_many_cpus_are_needed():
    advice = asked([], requests_per_second=100, cpu_ms=50)
    assert "need 5.00 CPUs, and there are 2" in advice.because[0]
    assert "At least 6 CPUs are needed, 8 for queues that stay short" in advice.because[0]
    assert asked(requests_per_second=100, cpus=8).category == "interpreter pool"


def test_every_sentence_of_every_advice_is_one_line_without_a_full_stop_in_the_end():
    for service, *_ in RIGHT.values():
        advice = asked(**service)
        for text in (*advice.because, *advice.change):
            assert "\n" not in text
            assert not text.endswith(".")
