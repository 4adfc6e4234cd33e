"""What every panel with a Run button does: one run at a time, Stop, and a status line.

A panel extends `RunPanel` with `one_run()`, its coroutine, and `after_stop()`.
"""

import asyncio
import html

import ipywidgets as widgets

from unstuck.labs.mainloop import MainLoop


class RunPanel(widgets.VBox):
    """Run, Stop and a status line; `status` is the text that the panel shows."""

    def __init__(self):
        super().__init__()
        self._task: asyncio.Task | None = None
        self._main = MainLoop(self.show_error)
        self.run = widgets.Button(description="Run", button_style="primary")
        self.stop = widgets.Button(description="Stop", disabled=True)
        self.run.on_click(self._main.handler(self._on_run))
        self.stop.on_click(self._main.handler(self._on_stop))
        self._status = widgets.HTML()

    async def one_run(self) -> None:
        """Do one run, as the controls say."""
        raise NotImplementedError

    def after_stop(self) -> None:
        """Say what a Stop has ended, and what it has not."""
        raise NotImplementedError

    @property
    def status(self) -> str:
        """The text of the status line, with its mark-up."""
        return self._status.value

    def say(self, text: str, role: str = "status") -> None:
        """Show a sentence in the status line."""
        self._status.value = f'<div role="{role}" class="unstuck-{role}">{html.escape(text)}</div>'

    def show_error(self, text: str) -> None:
        """Show what went wrong; a screen reader says it at once."""
        self.say(f"That did not work. {text}", role="alert")

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
