"""Profiles of a running function, of a server, and of one in Node.js."""

import asyncio
import importlib.util
import json
import os
import sys
import threading
import time

import pytest

from unstuck import flame_requests, profiling
from unstuck.asking import BadAnswer, ask
from unstuck.children import Child, ChildFailed
from unstuck.flame_cases import ask_driver, customers, customers_at_once, quick_ticket, ticket
from unstuck.flame_sampler import Sampler, unpacked
from unstuck.node import recorded_run, run_twin
from unstuck.workloads import sized_exactly

clocked = pytest.mark.skipif(
    not hasattr(time, "pthread_getcpuclockid"), reason="no clock for another thread's CPU time"
)


@pytest.fixture(scope="module")
def number():
    """A prime whose check takes 0.3 s, also in a small run: some forty looks."""
    return sized_exactly("prime", 0.3)[1]


# a function


def test_the_hot_function_is_found_under_its_callers(number):
    flame = profiling.sample(ticket, number)
    assert flame.hottest(1)[0].place.name == "is_prime"
    assert flame.hot("ticket").total > 0.5 * flame.total
    assert next(iter(flame.root.children)).name == "ticket"  # nothing of who called `sample`
    assert flame.samples > 3
    assert flame.computed > 0


def test_the_samplers_own_start_is_no_part_of_the_profile(number, monkeypatch):
    """A busy machine lets the new thread look, for a while, before the old one goes on."""
    start = threading.Thread.start

    def starts_late(thread):
        start(thread)
        time.sleep(0.2)

    monkeypatch.setattr(threading.Thread, "start", starts_late)
    flame = profiling.sample(ticket, number)
    assert [each.name for each in flame.root.children] == ["ticket"]


def test_a_generator_expression_counts_as_the_function_that_holds_it():
    def summed():
        return sum(number % 7 for number in range(3_000_000))

    assert "<genexpr>" not in str(profiling.sample(summed).hottest())


@clocked
def test_a_wait_is_told_from_work(number):
    waited = profiling.sample(ask_driver, 1, 0.3)
    worked = profiling.sample(ticket, number).hot("is_prime")
    driver = waited.hot("ask_driver")
    assert driver.waited > 0.8 * driver.own
    assert waited.computed < 0.3 * waited.total
    assert worked.waited / worked.own < driver.waited / driver.own


def test_what_ends_before_the_first_look_is_not_seen():
    assert profiling.sample(quick_ticket, 7919, every=1.0).total == 0


def test_an_error_arrives_as_itself_and_leaves_no_thread():
    def broken():
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        profiling.sample(broken)
    assert "flame sampler" not in [thread.name for thread in threading.enumerate()]


def test_another_thread_can_be_looked_at_and_may_end_meanwhile():
    watched = threading.Thread(target=time.sleep, args=(0.1,))
    watched.start()
    with Sampler(watched.ident) as sampler:
        watched.join()
        time.sleep(0.05)
    names = [hot.place.name for hot in sampler.flame().hottest()]
    assert "Thread.run" in names


def test_a_parcel_travels_as_json(number):
    with Sampler() as sampler:
        ticket(number)
    flame = unpacked(json.loads(json.dumps(sampler.parcel())))
    assert repr(flame) == repr(sampler.flame())


def test_a_thread_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="no thread"), Sampler(ident=1):
        pass


@pytest.mark.parametrize("every", [0, -1, 2, 0.0001])
def test_a_pause_that_makes_no_sense_is_refused(every):
    with pytest.raises(ValueError, match=r"0\.001 to 1 seconds"):
        profiling.sample(ticket, 7, every=every)


def test_an_unknown_sampler_is_refused():
    with pytest.raises(ValueError, match="'thread' or by 'pyinstrument'"):
        profiling.sample(ticket, 7, by="magic")


@pytest.mark.skipif(
    importlib.util.find_spec("pyinstrument") is None, reason="pyinstrument is not installed"
)
def test_pyinstrument_finds_the_same_function(number):
    flame = profiling.sample(ticket, number, by="pyinstrument")
    assert flame.hot("is_prime").total > 0.5 * flame.total
    assert flame.hot("ticket").total > 0.5 * flame.total
    assert "by pyinstrument" in repr(flame)


def test_without_pyinstrument_a_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyinstrument", None)
    with pytest.raises(ValueError, match="leave out `by`"):
        profiling.sample(ticket, 7, by="pyinstrument")


# the two requests and their mends


def test_a_mend_changes_no_answer():
    for number in (0, 1, 2, 91, 7919, 3_215_031_751):
        assert quick_ticket(number) == ticket(number)
    assert asyncio.run(customers_at_once(0.1)) == customers(0.1)


# a server


@pytest.fixture(scope="module")
def before():
    """One request that computes, in a server that is profiled."""
    return asyncio.run(profiling.profile_server("ticket", seconds=0.5))


def test_a_profile_of_a_server_has_the_check_in_a_turn_of_the_loop(before):
    assert next(iter(before.flame.root.children)).name == "BaseEventLoop._run_once"
    check = before.flame.hot("is_prime")
    assert check.own == before.flame.hottest(1)[0].own
    assert before.flame.hot("make_app.answer_ticket").total >= check.own
    assert repr(before).startswith("The request took ")


def test_a_light_request_waits_for_the_heavy_one_and_not_for_the_mended_one(before):
    """I03: compared in one run."""
    after = asyncio.run(profiling.profile_server("ticket", mended=True, seconds=0.5))
    assert after.seconds < before.seconds
    assert after.light < before.light


def test_a_server_that_waits_is_mended_without_a_worker():
    seen = [
        asyncio.run(profiling.profile_server("customers", mended=mended, seconds=0.5))
        for mended in (False, True)
    ]
    assert seen[0].flame.hottest(1)[0].place.name == "ask_driver"
    assert seen[0].flame.computed < seen[0].flame.total / 2
    assert seen[1].light < seen[0].light


def test_a_request_that_does_not_exist_is_refused():
    for call in (profiling.profile_server, profiling.profile_node):
        with pytest.raises(ValueError, match="ticket, customers"):
            asyncio.run(call("orders"))


def test_a_server_that_does_not_start_is_told(monkeypatch):
    monkeypatch.setattr(flame_requests.sys, "executable", os.devnull)
    with pytest.raises(ChildFailed):
        asyncio.run(profiling.profile_server("ticket", seconds=0.5))


async def _asked(*paths: str) -> list[str]:
    """What the server says to each path, its refusals too."""
    ready = asyncio.get_running_loop().create_future()
    argv = [sys.executable, "-m", "unstuck.flame_server"]
    said = []
    async with Child(argv, on_line=lambda text: ready.set_result(json.loads(text))):
        url = (await asyncio.wait_for(ready, 20))["url"]
        for path in paths:
            try:
                said.append(str(await ask(url, path)))
            except BadAnswer as error:
                said.append(str(error))
    return said


def test_the_server_refuses_wrong_values_and_a_second_profile():
    said = asyncio.run(
        _asked(
            *("/ticket?number=-1", "/ticket?number=x", "/customers?seconds=1e9", "/ticket"),
            *("/profile/stop", "/profile/start", "/profile/start", "/profile/stop", "/"),
        )
    )
    assert "number must be from 0" in said[0]
    assert "invalid literal" in said[1]
    assert "at most 60" in said[2]
    assert "number" in said[3]
    assert "no profile was started" in said[4]
    assert "already" in said[6]
    assert "stacks" in said[7]
    assert "pid" in said[8]


# Node.js


@pytest.mark.usefixtures("needs_node")
def test_the_twin_profiles_both_requests_and_their_mends():
    seen = {
        (request, mended): asyncio.run(profiling.profile_node(request, mended, seconds=0.5))
        for request in profiling.REQUESTS
        for mended in (False, True)
    }
    hot = {asked: each.flame.hottest(1)[0].place.name for asked, each in seen.items()}
    assert hot["ticket", False].startswith("isPrime")
    assert hot["customers", False] == "askDriver"
    assert seen["ticket", True].seconds < seen["ticket", False].seconds
    waiting = seen["customers", False].flame
    assert waiting.computed < waiting.total / 2


@pytest.mark.usefixtures("needs_node")
def test_the_twin_finds_the_same_primes():
    for mended in (False, True):
        line = asyncio.run(run_twin("profile_first", mended=mended, seconds=0.1)).result
        assert line["answer"]["prime"] is True
        assert not any("/unstuck/" in node["callFrame"]["url"] for node in line["profile"]["nodes"])


def test_without_node_each_recorded_request_is_found(monkeypatch):
    async def recorded(stem, **options):
        return recorded_run(stem, "Node.js is missing.")

    monkeypatch.setattr(flame_requests, "run_twin", recorded)
    for request in profiling.REQUESTS:
        for mended in (False, True):
            seen = asyncio.run(profiling.profile_node(request, mended))
            assert "(recorded)" in repr(seen)
            assert seen.flame.total > 0
