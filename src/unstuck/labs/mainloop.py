"""Widget callbacks, brought to the kernel's main thread and made to show their errors.

JupyterLab may let a subshell answer a widget: a second thread with a second event loop, where a
callback would neither block nor watch the kernel. `MainLoop` hands every callback to the loop
that ran the cell. It returns at once, so that clicks never queue behind the work.
"""

import asyncio
import traceback
from collections.abc import Callable, Coroutine

from unstuck.children import ChildFailed
from unstuck.labs.patients import ChoiceError
from unstuck.told import told


class MainLoop:
    """The loop of the cell that made the panel; `on_error(text)` hears what goes wrong in it."""

    def __init__(self, on_error: Callable[[str], None]):
        self.loop = asyncio.get_running_loop()
        self.on_error = on_error
        self._tasks: set[asyncio.Task] = set()

    def handler(self, callback: Callable) -> Callable:
        """Return a function for on_click or observe that runs `callback` in the main loop."""
        return lambda *args: self.loop.call_soon_threadsafe(self._call, callback, *args)

    def spawn(self, work: Coroutine) -> asyncio.Task:
        """Run a coroutine in the main loop; its error is shown, its task is kept alive."""
        task = self.loop.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _call(self, callback: Callable, *args) -> None:
        try:
            callback(*args)
        except Exception as error:
            self.on_error(sentence(error))

    async def _guarded(self, work: Coroutine) -> None:
        try:
            await work
        except Exception as error:
            self.on_error(sentence(error))


def sentence(error: BaseException) -> str:
    """Return an error as one line: its text, and for an unexpected one its type and its place."""
    if isinstance(error, ChildFailed | ChoiceError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].name}, line {frames[-1].lineno})" if frames else ""
    return f"{told(error)}{where}"
