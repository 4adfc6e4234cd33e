"""Hidden programs for an exercise: given to the learner's function, and gone after the check.

What a program does is drawn anew for each check, so that nobody can know it beforehand.
"""

import asyncio
import contextlib
import gc
import uuid
import warnings

import psutil

from unstuck.exercises.exercise import step
from unstuck.exercises.patience import in_time
from unstuck.sample_programs import plan, sample

DEADLINE = 4.0  # seconds that the learner's function may take with one program


class Hidden:
    """One hidden program: its words for the learner, and what it does."""

    def __init__(self, kind: str):
        self.mark = uuid.uuid4().hex
        self.out, self.err, self.code = plan(kind + self.mark)
        self.argv = sample("hidden", kind + self.mark)

    async def told_by(self, function) -> tuple[object, Exception | None]:
        """Await function(argv), end what it leaves, and return its answer or its exception."""
        answer = problem = None
        try:
            answer = await in_time(function(self.argv), DEADLINE)
        except Exception as error:  # without the frames that hold the learner's open pipes
            problem = error.with_traceback(None)
            problem.__cause__ = problem.__context__ = None
        await self.end()
        step()
        return answer, problem

    async def end(self) -> None:
        """End the program where it still runs, and let the loop see that it has."""
        with warnings.catch_warnings():  # a deadlock leaves pipes that nobody has closed
            warnings.simplefilter("ignore", ResourceWarning)
            while found := self.living():
                for process in found:
                    with contextlib.suppress(psutil.Error):
                        process.kill()
                await asyncio.sleep(0.05)
            gc.collect()
            await asyncio.sleep(0.05)

    def living(self) -> list[psutil.Process]:
        found = []
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if any(self.mark in word for word in process.cmdline()):
                    found.append(process)
        return found
