"""What every panel with a Run button does: one run at a time, Stop, and a status line.

A panel extends `RunPanel` with `one_run()`, its coroutine, and `after_stop()`.
"""

import asyncio

import ipywidgets as widgets

from unstuck.labs.status_panel import StatusPanel


class RunPanel(StatusPanel):
    """Run, Stop and a status line; `status` is the text that the panel shows."""

    def __init__(self):
        super().__init__()
        self._task: asyncio.Task | None = None
        self.run = widgets.Button(description="Run", button_style="primary")
        self.stop = widgets.Button(description="Stop", disabled=True)
        self.run.on_click(self._main.handler(self._on_run))
        self.stop.on_click(self._main.handler(self._on_stop))

    async def one_run(self) -> None:
        """Do one run, as the controls say."""
        raise NotImplementedError

    def after_stop(self) -> None:
        """Say what a Stop has ended, and what it has not."""
        raise NotImplementedError

    def _on_run(self, button) -> None:
        if self._task is not None:  # further clicks are dropped: one run at a time
            return
        self._task = self._main.spawn(self.one_run())
        self._task.add_done_callback(self._ended)
        self._enable(running=True)

    def _on_stop(self, button) -> None:
        if self._task is not None:
            self._task.cancel()

    def _ended(self, task: asyncio.Task) -> None:
        self._task = None
        self._enable(running=False)
        if task.cancelled():
            self.after_stop()

    def _enable(self, running: bool) -> None:
        self.run.disabled, self.stop.disabled = running, not running
