"""The lanes panel: many tasks, a few workers, and the kernel's heartbeat above them.

`unstuck.labs.lanes()` shows it. The panel only reads its controls and draws; `tracing` does the
work, and can be awaited by itself where there are no widgets.
"""

import asyncio
import html

import ipywidgets as widgets

from unstuck import hatches
from unstuck.labs.lane_picture import LanesPicture
from unstuck.labs.lane_run import MOST_SECONDS, MOST_TASKS, MOST_WORKERS, LaneRun
from unstuck.labs.mainloop import MainLoop
from unstuck.labs.monitor import Monitor
from unstuck.labs.patients import KernelPatient
from unstuck.machine import default_workers, usable_cpus
from unstuck.traces import Trace

RUNTIMES = {
    "Python": ("python",),
    "Node.js": ("node",),
    "Python, then Node.js": ("python", "node"),
}
_ROWS = 10  # of the table: the newest runs


class Lanes(widgets.VBox):
    """The panel: controls, the kernel's heartbeat, the lanes, a status line. One run at a time.

    `traces` holds what was seen, newest last, for `lanes_chart`; `status` is the shown text.
    """

    def __init__(self):
        self.traces: list[Trace] = []
        self._task: asyncio.Task | None = None
        self._main = MainLoop(self._show_error)
        self.monitor, self.picture = Monitor(self._main.loop), LanesPicture(self._main.loop)
        self._kernel = KernelPatient(self._beat)
        self._run = LaneRun(self.picture.tell)
        fit = default_workers()
        self._make_controls(fit)
        super().__init__([self._controls, self.monitor, self.picture, self._status])
        self.add_class("unstuck-lanes-panel")
        self.monitor.on_msg(self._on_message)
        self._say(f"Ready. This machine fits {fit.reason}")

    def _make_controls(self, fit) -> None:
        whole = {"style": {"description_width": "initial"}}  # descriptions are never cut
        wide, long = {**whole, "layout": {"width": "auto"}}, {**whole, "layout": {"width": "260px"}}
        self.runtime = widgets.Dropdown(options=list(RUNTIMES), description="Runtime", **wide)
        self.hatch = widgets.Dropdown(
            options=hatches.names(), value="pool", description="Hatch (Python)", **wide
        )
        self.tasks = widgets.IntSlider(10, 1, MOST_TASKS, description="Tasks", **long)
        self.seconds = widgets.FloatSlider(
            0.3, min=0.05, max=MOST_SECONDS, step=0.05, description="Seconds each", **long
        )
        most = min(MOST_WORKERS, 2 * usable_cpus())
        self.workers = widgets.IntSlider(
            min(fit.count, most), 1, most, description="Workers", tooltip=fit.reason, **long
        )
        self.fails = widgets.Checkbox(False, description="One task fails", indent=False, **wide)
        self.run = widgets.Button(description="Run", button_style="primary")
        self.stop = widgets.Button(description="Stop", disabled=True)
        self.run.on_click(self._main.handler(self._on_run))
        self.stop.on_click(self._main.handler(self._on_stop))
        row = {"flex_flow": "row wrap", "align_items": "center", "grid_gap": "4px 12px"}
        controls = [self.runtime, self.hatch, self.tasks, self.seconds, self.workers, self.fails]
        self._controls = widgets.Box([*controls, self.run, self.stop], layout=row)
        self._status = widgets.HTML()

    def _on_message(self, widget, content, buffers) -> None:
        if content.get("kind") == "shown":
            self._main.handler(self._beat_kernel)()

    def _beat_kernel(self) -> None:
        self._main.spawn(self._kernel.start(self.hatch.value))

    def _beat(self, event: dict) -> None:
        self.monitor.tell(event)
        if not self.monitor.shown and self._task is None:
            self._main.spawn(self._kernel.stop())

    def _on_run(self, button) -> None:
        if self._task is not None:  # further clicks are dropped: one run at a time
            return
        self._task = self._main.spawn(self._trace())
        self._task.add_done_callback(self._ended)
        self._enable(running=True)

    def _on_stop(self, button) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _trace(self) -> None:
        self._run.choose(self.hatch.value, self.tasks.value, self.seconds.value, self.workers.value)
        self._run.fails = self.fails.value
        runtimes = RUNTIMES[self.runtime.value]
        self._run.check(runtimes)
        self._say("Running: see which worker takes which task, and whether the heart beats on.")
        seen = [await self._run.trace(runtime) for runtime in runtimes]
        self.traces += seen
        rows = [self._run.row(trace) for trace in seen]
        self.picture.rows = (rows + self.picture.rows)[:_ROWS]
        self._say(". ".join(map(repr, seen)) + ".")

    def _ended(self, task: asyncio.Task) -> None:
        self._task = None
        self._enable(running=False)
        if task.cancelled():
            self.picture.tell({"kind": "stopped"})
            self._say(self._run.after_stop())

    def _enable(self, running: bool) -> None:
        self.run.disabled, self.stop.disabled = running, not running

    @property
    def status(self) -> str:
        """The text of the status line, with its mark-up."""
        return self._status.value

    def _say(self, text: str, role: str = "status") -> None:
        self._status.value = f'<div role="{role}" class="unstuck-{role}">{html.escape(text)}</div>'

    def _show_error(self, text: str) -> None:
        self.picture.tell({"kind": "stopped"})
        self._say(f"That did not work. {text}", role="alert")

    def __repr__(self) -> str:
        return "Lanes panel: run this cell in JupyterLab to bring it to life."
