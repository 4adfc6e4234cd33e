"""The capstone: a small service with faults is put under load, and what it does is looked at.

The learner's file has an ASGI app. It is served by a real cluster of two; heavy and light requests
come, a worker is killed, and the memory is watched. The first fault that shows is told.
"""

import asyncio
import shutil
from pathlib import Path

from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.exercises import service_numbers
from unstuck.exercises.exercise import Result
from unstuck.exercises.service_asked import Fault, Noise, asked
from unstuck.exercises.service_ended import end
from unstuck.exercises.service_memory import judge_memory
from unstuck.exercises.service_waits import expect, judge_waits

_START = 10.0  # seconds for two workers that import the file
_ALL = 16.5  # seconds for the whole check
_KILL = 5.0  # seconds until a killed worker is seen to be gone
_REVIVE = 6.0  # seconds until another one serves in its place
_NO_APP = "module 'app_of_a_file' has no attribute 'app'"
MENDED = Path(__file__).with_name("mended_service.py")  # one way to mend it


def begin(file: str = "service.py") -> str:
    """Put the faulty service into this folder, unless one is there; returns the file's name."""
    if not Path(file).exists():
        shutil.copyfile(Path(__file__).with_name("faulty_service.py"), file)
    print(f"{file} is in this folder: open it, mend it, save it, and check it again.")
    return file


async def judge_service(answer) -> Result:
    """Serve the app in a file by a cluster of two, and put it to the test."""
    name = str(answer)
    if (file := _python_file(name)) is None:
        return Result("not yet", f"There is no Python file {name[:200]!r} in this folder.")
    try:
        async with asyncio.timeout(_ALL):
            said = await _put_to_the_test(file)
    except Fault as fault:
        return Result("not yet", str(fault))
    except Noise as noise:
        return Result("cannot tell here", str(noise))
    except TimeoutError:
        text = f"The check was not done after {_ALL:g} s: the service or this machine is slow."
        return Result("cannot tell here", text)
    return Result("right", f"It answers, stays small, and survives kill -9. {said}")


def _python_file(name: str) -> Path | None:
    try:
        file = Path(name).resolve()
        return file if file.suffix == ".py" and file.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None


async def _put_to_the_test(file: Path) -> str:
    cluster = Cluster(workers=2, app=f"{file}:app")
    await _started(cluster)
    try:
        _both_serve(cluster)
        await _answers(cluster)
        await judge_memory(cluster)
        said = await judge_waits(cluster)
        await _survives(cluster)
        await _answers(cluster)  # new numbers: what was right before may be right no more
        return said
    finally:
        await end(cluster)


async def _started(cluster: Cluster) -> None:
    try:
        async with asyncio.timeout(_START):
            await cluster.__aenter__()
    except TimeoutError:
        text = f"Two workers did not start with your file within {_START:.0f} s."
        raise Fault(f"{text} Does it wait for something when it is imported?") from None
    except ChildFailed as error:
        raise _of_a_start(str(error)) from None


def _of_a_start(error: str) -> Fault:
    return Fault("Your file has no `app`." if _NO_APP in error else error[:1000])


def _both_serve(cluster: Cluster) -> None:
    """A cluster may be content with one worker, where the other does not start; we are not."""
    if len(cluster.pids) < 2:
        raise Fault(f"One worker serves, and two are wanted. {_given_up(cluster)}".strip())


def _given_up(cluster: Cluster) -> str:
    """Why a worker is not started again; empty where no start has failed for good."""
    said = [event["why"] for event in cluster.events if event["kind"] == "given up"]
    return said[-1][:1000] if said else ""


async def _answers(cluster: Cluster) -> None:
    """Ask for what is right, and for what is none: GET / and GET /prime."""
    answer = await asked(cluster.url, "/")
    if answer.status != 200 or answer.value("pid") not in cluster.pids:
        raise Fault(f"GET / should say the worker's pid, and says {answer}.")
    for n, prime in service_numbers.few():
        await expect(cluster.url, n, prime)
    for word in service_numbers.words():
        answer = await asked(cluster.url, f"/prime?n={word}")
        if not 400 <= answer.status < 500:
            raise Fault(
                f"GET /prime?n={word} is the fault of who asks: answer with status 400, "
                f"not {answer.status}."
            )


async def _survives(cluster: Cluster) -> None:
    """Kill a worker: two others answer after it."""
    try:
        async with asyncio.timeout(_KILL):
            await cluster.kill(cluster.pids[0])
    except (TimeoutError, ChildFailed):
        raise Noise("A killed worker was not seen to end: this machine is too busy.") from None
    try:
        await cluster.full(2, _REVIVE)
    except ChildFailed as error:
        why = _given_up(cluster) or error
        raise Fault(f"After kill -9 of a worker: {why}") from None
    seen = {(await asked(cluster.url, "/")).value("pid") for _ in range(10)}
    if seen != set(cluster.pids):
        raise Fault("After kill -9 of a worker, not every worker answers.")
