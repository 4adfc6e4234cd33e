"""One run of the lanes panel: the chosen tasks through a hatch or Node.js, told as events.

It knows no widget. What it tells goes to a picture; what it returns is a `Trace`.
"""

import asyncio
import time
from collections.abc import Callable

from unstuck import hatches
from unstuck.hatches import inline
from unstuck.labs.patients import ChoiceError
from unstuck.stamps import divided
from unstuck.traces import Trace
from unstuck.tracing import trace_tasks, trace_twin
from unstuck.workloads import sized, small

MOST_TASKS, MOST_WORKERS, MOST_SECONDS = 40, 8, 1.0
MOST_WORK = 20.0  # seconds of work in one run, whoever does it
_BREATH = 0.01  # seconds
_CALM = 0.2  # seconds before the first task, so that the picture is there when the loop stops


class LaneRun:
    """The choices of a run, and `await trace(runtime)`; `on_event` hears all that happens."""

    def __init__(self, on_event: Callable[[dict], None]):
        self.on_event = on_event
        self.fails = False  # True: the task in the middle fails
        self.counted = Counted()
        self.name, self.runtime, self.ended = "", "python", 0

    def choose(self, hatch: str, tasks: int, seconds: float, workers: int) -> None:
        """Take the choices of the next run; ChoiceError where that is too much work."""
        work = tasks * seconds
        if work > MOST_WORK + 1e-6:
            raise ChoiceError(
                f"{tasks} tasks of {seconds:g} s are {work:g} s of work. One run is at most "
                f"{MOST_WORK:g} s: choose fewer or shorter tasks."
            )
        self.name, self.hatch = hatch, hatches.hatch(hatch)
        self.tasks, self.seconds, self.workers = tasks, seconds, workers

    def check(self, runtimes: tuple[str, ...]) -> None:
        """Raise ChoiceError with the hatch's own sentence where it cannot run here."""
        if "python" in runtimes and (reason := self.hatch.reason_missing()):
            raise ChoiceError(reason)
        self.ended = 0
        self.on_event({"kind": "clear"})

    async def trace(self, runtime: str) -> Trace:
        """Run the tasks in "python" or "node"; their Trace."""
        self.runtime = runtime
        label = f"Python, {self.name}" if runtime == "python" else "Node.js, worker threads"
        seconds = small(self.seconds) * self.tasks / self.workers
        self._tell({"kind": "run", "label": label, "lanes": self.workers, "seconds": seconds})
        await asyncio.sleep(_CALM)
        trace = await (self._python() if runtime == "python" else self._node())
        if trace.recorded:
            self._play(trace)
        self._tell({"kind": "over"})
        return trace

    async def _python(self) -> Trace:
        work = await asyncio.to_thread(sized, "prime", self.seconds)  # the first time calibrates
        func = self.counted if self.name == "threads" else divided
        items = [(*work, 1)] * self.tasks
        if self.fails:
            items[self.tasks // 2] = (*work, 0)
        run = _Breathing().run if self.name == "inline" else self.hatch.run
        return await trace_tasks(self.name, run, func, items, self.workers, self._tell)

    async def _node(self) -> Trace:
        fault = {"fault": self.tasks // 2 + 1} if self.fails else {}
        return await trace_twin(self.tasks, self.workers, self.seconds, self._tell, **fault)

    def _tell(self, event: dict) -> None:
        self.ended += event["kind"] == "ended"
        self.on_event({**event, "runtime": self.runtime})

    def _play(self, trace: Trace) -> None:
        """Tell a recorded run as if it had begun now; the panel labels it as recorded."""
        late = time.time() - min(task.submitted for task in trace.tasks)
        for task, lane in zip(trace.tasks, trace.lanes(), strict=True):
            began = {"task": task.number, "lane": lane, "began": task.began + late}
            self._tell({"kind": "submitted", "task": task.number, "at": task.submitted + late})
            self._tell({"kind": "ended", "at": task.ended + late, "failed": task.failed, **began})

    def row(self, trace: Trace) -> list[str]:
        """The run as a row of the table; seconds."""
        first = min(task.submitted for task in trace.tasks)
        longest = max(trace.tasks, key=lambda task: task.waited).waited
        took = max(task.ended for task in trace.tasks) - first
        workers, tasks = str(len(trace.workers)), str(len(trace.tasks))
        recorded = " (recorded)" if trace.recorded else ""
        name = f"{trace.name} in {trace.runtime}{recorded}"
        return [name, tasks, workers, f"{longest:.2f}", f"{took:.2f}", trace.summary]

    def after_stop(self) -> str:
        """What a stop left: a sentence for the learner."""
        done = f"{self.ended} tasks had ended."
        still = self._still()
        if still:
            return (
                f"Abandoned, still running: {still} in this process. {done} "
                "What runs in a thread cannot be stopped from outside; it works on to its end."
            )
        if (self.name, self.runtime) == ("inline", "python"):
            return f"Stopped by you, between two tasks: only there was the loop free. {done}"
        return f"Stopped by you. {done} The others were ended, or never begun."

    def _still(self) -> int:
        """Functions that nobody waits for and that nothing can stop."""
        if (self.name, self.runtime) == ("interpreters", "python"):
            return 0 if self.hatch.reason_missing() else self.hatch.warm().running
        return self.counted.working


class _Breathing:
    """The hatch inline, with a free moment of the loop before each task.

    A click arrives in several turns of the loop. With a task in each of them Stop came eight late.
    """

    def __init__(self):
        self._one = asyncio.Lock()

    async def run(self, func, *args):
        async with self._one:
            await asyncio.sleep(_BREATH)
            return await inline.run(func, *args)


class Counted:
    """`divided`, counted while it runs: threads go on when they are abandoned."""

    def __init__(self):
        self.working = 0

    def __call__(self, item: tuple) -> float:
        self.working += 1
        try:
            return divided(item)
        finally:
            self.working -= 1
