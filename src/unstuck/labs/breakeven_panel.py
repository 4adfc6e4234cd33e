"""The break-even panel: a progress bar, a chart, and Stop, which keeps what there is.

`unstuck.labs.breakeven()` shows it. `unstuck.breakeven.find_breakeven()` does the same.
"""

import asyncio

import ipywidgets as widgets

from unstuck.breakeven import Finder
from unstuck.breakeven_chart import breakeven_chart
from unstuck.breakeven_plan import checked
from unstuck.breakeven_points import Point
from unstuck.breakeven_result import BreakEven
from unstuck.breakeven_words import size_name
from unstuck.labs.keeping import KeepingPanel
from unstuck.labs.status_panel import ROW, WHOLE

_BETWEEN = 0.25  # seconds between two looks at the progress


class BreakEvenPanel(KeepingPanel):
    """The panel: the largest payload, Run and Stop, a progress bar, the chart, a status line.

    `result` holds what was found, also by a run that was stopped; None before the first run.
    """

    KEPT, KIND = "unstuck-breakeven.json", "breakeven"

    def __init__(self):
        super().__init__()
        self.result: BreakEven | None = None
        whole = {**WHOLE, "layout": {"width": "auto"}}
        sizes = [(size_name(size), size) for size in checked(None)]
        self.payload = widgets.Dropdown(
            options=sizes, value=sizes[-1][1], description="Payloads up to", **whole
        )
        self.progress = widgets.FloatProgress(0, min=0, max=1, description="Progress")
        self.chart = widgets.HTML()
        controls = [self.payload, self.run, self.stop, self.progress]
        controls += [self.keep, self.beside, self.compare]
        self.children = [widgets.Box(controls, layout=ROW), self._status, self.chart]
        self.add_class("unstuck-breakeven-panel")
        self.say("Ready. Predict first: from which task on does a warm pool pay here?")

    async def one_run(self) -> None:
        """Search, and show what is found; what a stopped search has found stays."""
        self.result = None
        finder = Finder(self._tell, [size for size in checked(None) if size <= self.payload.value])
        most = f"The whole search takes about {finder.budget:g} s."
        self.say(f"Running: first, how long each hatch takes to start. {most}")
        looking = asyncio.ensure_future(self._show_progress(finder))
        try:
            await finder.run()
        finally:
            looking.cancel()
            self.progress.value = finder.done_share
            self.result = finder.result()
        await self._draw()
        self.say("Done: the finding stands under the chart.")

    def _tell(self, point: Point) -> None:
        self.say(f"Running: {point.hatch}, tasks of {point.task_ms:g} ms.")

    async def _show_progress(self, finder: Finder) -> None:
        while True:
            self.progress.value = finder.done_share
            await asyncio.sleep(_BETWEEN)

    async def _draw(self, beside: BreakEven | None = None) -> None:
        self.keep.disabled = not (self.result and self.result.points)
        shown, beside = (self.result, beside) if self.result else (beside, None)
        if shown and shown.points:
            picture = await asyncio.to_thread(breakeven_chart, shown, beside)
            self.chart.value = picture.html()

    def measured(self) -> list[BreakEven]:
        """What this run has found."""
        return [self.result]

    def show_beside(self, other: list[BreakEven]) -> None:
        """Draw the other run, beside this one where there is one."""
        self._main.spawn(self._draw(other[-1]))
        self.say(f"Beside each other: this run, and one. {other[-1].origin}.")

    def after_stop(self) -> None:
        """Show what the stopped search has found."""
        self._main.spawn(self._draw())
        count = len(self.result.points) if self.result else 0
        if count:
            self.say(f"Stopped by you. Points measured, kept and shown: {count}.")
        else:
            self.say("Stopped by you, before the first point was measured.")

    def __repr__(self) -> str:
        return "Break-even panel: run this cell in JupyterLab to bring it to life."
