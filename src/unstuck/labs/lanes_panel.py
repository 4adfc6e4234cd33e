"""The lanes panel: many tasks, a few workers, and the kernel's heartbeat above them.

`unstuck.labs.lanes()` shows it. The panel only reads its controls and draws; `tracing` does the
work, and can be awaited by itself where there are no widgets.
"""

import ipywidgets as widgets

from unstuck import hatches
from unstuck.labs.keeping import KeepingPanel
from unstuck.labs.lane_picture import LanesPicture
from unstuck.labs.lane_run import MOST_SECONDS, MOST_TASKS, MOST_WORKERS, LaneRun
from unstuck.labs.monitor import Monitor
from unstuck.labs.patients import KernelPatient
from unstuck.labs.status_panel import ROW, WHOLE
from unstuck.machine import default_workers, usable_cpus
from unstuck.traces import Trace

RUNTIMES = {
    "Python": ("python",),
    "Node.js": ("node",),
    "Python, then Node.js": ("python", "node"),
}
_ROWS = 10  # of the table: the newest runs


class Lanes(KeepingPanel):
    """The panel: controls, the kernel's heartbeat, the lanes, a status line. One run at a time.

    `traces` holds what was seen, newest last, for `lanes_chart`; `status` is the shown text.
    """

    KEPT, KIND = "unstuck-lanes.json", "trace"

    def __init__(self):
        super().__init__()
        self.traces: list[Trace] = []
        self.monitor, self.picture = Monitor(self._main.loop), LanesPicture(self._main.loop)
        self._kernel = KernelPatient(self._beat)
        self._run = LaneRun(self.picture.tell)
        fit = default_workers()
        self._make_controls(fit)
        self.children = [self._controls, self.monitor, self.picture, self._status]
        self.add_class("unstuck-lanes-panel")
        self.monitor.on_msg(self._on_message)
        self.say(f"Ready. This machine fits {fit.reason}")

    def _make_controls(self, fit) -> None:
        wide, long = {**WHOLE, "layout": {"width": "auto"}}, {**WHOLE, "layout": {"width": "260px"}}
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
        controls = [self.runtime, self.hatch, self.tasks, self.seconds, self.workers, self.fails]
        self._controls = widgets.Box([*controls, self.run, self.stop, self.keep], layout=ROW)

    def _on_message(self, widget, content, buffers) -> None:
        if content.get("kind") == "shown":
            self._main.handler(self._beat_kernel)()

    def _beat_kernel(self) -> None:
        self._main.spawn(self._kernel.start(self.hatch.value))

    def _beat(self, event: dict) -> None:
        self.monitor.tell(event)
        if not self.monitor.shown and self._task is None:
            self._main.spawn(self._kernel.stop())

    async def one_run(self) -> None:
        """Run the chosen tasks, in one runtime or in both, and show who did them."""
        self._run.choose(self.hatch.value, self.tasks.value, self.seconds.value, self.workers.value)
        self._run.fails = self.fails.value
        runtimes = RUNTIMES[self.runtime.value]
        self._run.check(runtimes)
        self.say("Running: see which worker takes which task, and whether the heart beats on.")
        seen = [await self._run.trace(runtime) for runtime in runtimes]
        self.traces += seen
        self.keep.disabled = False
        rows = [self._run.row(trace) for trace in seen]
        self.picture.rows = (rows + self.picture.rows)[:_ROWS]
        self.say(". ".join(map(repr, seen)) + ".")

    def measured(self) -> list[Trace]:
        """All traces so far; `unstuck.results.read` reads them again, for `lanes_chart`."""
        return self.traces

    def after_stop(self) -> None:
        """End the picture's tasks, and say what goes on."""
        self.picture.tell({"kind": "stopped"})
        self.say(self._run.after_stop())

    def show_error(self, text: str) -> None:
        """Show what went wrong, and end the picture's tasks."""
        self.picture.tell({"kind": "stopped"})
        super().show_error(text)

    def __repr__(self) -> str:
        return "Lanes panel: run this cell in JupyterLab to bring it to life."
