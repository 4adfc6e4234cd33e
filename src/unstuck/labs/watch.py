"""Watch a loop while it is blocked, with requests waiting at its door: the lab without widgets.

    seen = await watch("python", seconds=1.0)

One watch is: a calm second, the block, a second to recover, all under a light load of 20
requests/s. The panel calls `watch_patients` as well and draws what it reports.
"""

import asyncio
import json
import time
from collections import deque
from dataclasses import replace

from unstuck import hatches
from unstuck.children import Child, ChildFailed, python_argv
from unstuck.labs.patients import ChoiceError, Listener, patients
from unstuck.lag import percentile
from unstuck.node import recorded_run
from unstuck.seen import Seen
from unstuck.together import first, together
from unstuck.trial import machine_label, today
from unstuck.values import is_one_of
from unstuck.workloads import KINDS, check_seconds, exactly, small

RATE = 20  # light requests a second
CALM = 1.0  # seconds before the block, and after it
_START = 20.0  # seconds that the load may take to begin, on a busy machine
_SHORTEST = 0.5  # seconds, in a small run: ten requests fall due in it
LONGEST = 5.0  # seconds: a kernel that is blocked cannot be stopped, so it is not blocked for long


class Recorder:
    """Collects the events of each lane and tells what they show; it knows no widget."""

    def __init__(self, on_event: Listener):
        self.events: deque[dict] = deque(maxlen=20_000)  # a bound on memory, far above one watch
        self.on_event = on_event

    def __call__(self, event: dict) -> None:
        self.events.append(event)
        self.on_event(event)

    def of(self, lane: str, kind: str) -> list[dict]:
        """The events of one kind in one lane, in their order."""
        return [event for event in self.events if (event["lane"], event["kind"]) == (lane, kind)]


async def watch(
    patient: str = "python",
    hatch: str = "inline",
    work: str = "prime",
    seconds: float = 1.0,
    on_event: Listener = lambda event: None,
) -> list[Seen]:
    """Block the patient ("kernel", "python", "node", "both") and return what was seen of each.

    `seconds` is at most 5. Raises ValueError for a wrong choice, ChildFailed where a server
    cannot be started or dies. Nothing is left running, whatever happens.
    """
    recorder = Recorder(on_event)
    chosen = patients(patient, recorder)
    try:
        return await watch_patients(chosen, hatch, work, seconds, recorder)
    finally:
        for each in chosen:
            await each.stop()


async def watch_patients(chosen, hatch: str, work: str, seconds: float, recorder) -> list[Seen]:
    """Watch patients that are kept by the caller; they are started where they are not."""
    check_choice(work, seconds)
    reason = hatches.hatch(hatch).reason_missing()
    if reason and any(patient.runtime == "python" for patient in chosen):
        raise ChoiceError(reason)
    problems = {patient.name: await patient.problem() for patient in chosen}
    for patient in chosen:
        if not problems[patient.name]:
            await patient.start(hatch)
    return await together(
        *(
            _recorded(hatch, work, problems[each.name])
            if problems[each.name]
            else _watch_one(each, hatch, work, seconds, recorder)
            for each in chosen
        )
    )


def check_choice(work: str, seconds: float) -> None:
    """Raise ValueError with a sentence for work that does not exist, or too many seconds."""
    if not is_one_of(work, KINDS):
        raise ValueError(f"work is one of {', '.join(KINDS)}, not {work!r}")
    if check_seconds(seconds) > LONGEST:
        raise ValueError(f"a loop is blocked for at most {LONGEST:.0f} s here, not {seconds}")


async def _recorded(hatch: str, work: str, problem: str) -> Seen:
    """The run of the Node.js server that ships with the course, where there is no Node here."""
    run = recorded_run("server", problem)
    values = {name: value for name, value in run.result.items() if name != "kind"}
    seen = Seen(**{**values, "recorded": True, "note": run.note})
    if (seen.hatch, seen.work) != (hatch, work):
        raise ChildFailed(f"{problem} Only {seen.work} by {seen.hatch} is recorded.")
    first = min(at for at, _ in seen.requests)  # its times count from the block
    requests = tuple((at - first, wait) for at, wait in seen.requests)
    return replace(seen, requests=requests, block_at=-first)


async def _watch_one(patient, hatch: str, work: str, seconds: float, recorder) -> Seen:
    started = asyncio.get_running_loop().create_future()  # when the load sent its first request

    def heard(text: str) -> None:
        event = json.loads(text)
        recorder({**event, "lane": patient.name})
        if not started.done():
            started.set_result(event.get("at", time.time()))

    flat = min(seconds, max(_SHORTEST, small(seconds)))
    long = CALM + flat + CALM
    argv = python_argv("load", patient.url, f"--rate={RATE}", f"--seconds={long}", "--events")
    async with Child(argv, on_line=heard) as requests:
        await first(asyncio.shield(started), requests.wait(_START + 1), seconds=_START)
        if not started.done():
            why = requests.error_text[-500:] or f"it said nothing for {_START:.0f} s"
            raise ChildFailed(f"The load on {patient.label} did not begin: {why}")
        at = started.result()
        # Counted from there: where this loop hears of it late, the load must not be over too soon.
        await asyncio.sleep(max(0.0, at + CALM - time.time()))
        began = recorder.of(patient.name, "sent")[-1]["at"]
        recorder({"kind": "block", "lane": patient.name, "at": began, "seconds": flat})
        answer = (await patient.block(work, exactly(flat)))["answer"]
        recorder({"kind": "free", "lane": patient.name, "at": began})
        if await requests.wait(long + 60) != 0:
            raise ChildFailed(f"The load on {patient.label} failed: {requests.error_text[-500:]}")
    return _seen(patient, (hatch, work, flat, answer), began, recorder)


def _seen(patient, choice, began: float, recorder) -> Seen:
    hatch, work, seconds, answer = choice
    lane = patient.name
    answers = [event for event in recorder.of(lane, "answered") if not event["failure"]]
    calm = [event["seconds"] for event in answers if event["at"] + event["seconds"] < began]
    busy = [event["seconds"] for event in answers if event["at"] >= began]
    load = recorder.of(lane, "load")[-1]
    first = min((event["at"] for event in answers), default=began)
    beats = [event["late"] for event in recorder.of(lane, "beat") if event["at"] > began]
    return Seen(
        patient=patient.label,
        runtime=patient.runtime,
        hatch=hatch,
        work=work,
        seconds=seconds,
        flat_seconds=max(beats, default=0.0),
        most_waiting=load["most_waiting"],
        sent=load["sent"],
        answered=load["answered"],
        failed=load["failed"],
        p50_ms=percentile(busy, 50) * 1e3,
        p99_ms=percentile(busy, 99) * 1e3,
        calm_p99_ms=percentile(calm, 99) * 1e3,
        answer=answer,
        requests=tuple((event["at"] - first, event["seconds"]) for event in answers),
        block_at=began - first,
        machine=machine_label(),
        date=today(),
    )
