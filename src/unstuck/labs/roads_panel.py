"""The roads panel: choose a payload, send it along every road, and see what each costs.

`unstuck.labs.roads()` shows it. `unstuck.roads.try_roads()` does the same without widgets.
"""

import asyncio

import ipywidgets as widgets

from unstuck.labs.keeping import KeepingPanel
from unstuck.labs.status_panel import ROW, WHOLE
from unstuck.node import run_twin
from unstuck.passages import Passage, passages_of
from unstuck.payloads import SHAPES
from unstuck.roads import SIZES, Roads, sizes_here
from unstuck.roads_chart import in_words, roads_chart


class RoadsPanel(KeepingPanel):
    """The panel: shape and largest size, Run and Stop, the chart, a status line.

    `passages` holds what was measured for the shape that is shown, `status` is the shown text.
    """

    KEPT, KIND = "unstuck-roads.json", "passage"

    def __init__(self):
        super().__init__()
        self.passages: list[Passage] = []
        self._make_controls()
        self.chart = widgets.HTML()
        self.children = [self._controls, self._status, self.chart]
        self.add_class("unstuck-roads-panel")
        self.say("Ready. Predict first: which road is the dearest, and does it change with size?")

    def _make_controls(self) -> None:
        wide = {**WHOLE, "layout": {"width": "auto"}}
        self.shape = widgets.Dropdown(options=SHAPES, description="Payload", **wide)
        sizes = [(in_words(size), size) for size in sizes_here(largest=SIZES[-1])]
        self.largest = widgets.SelectionSlider(
            options=sizes, value=sizes[len(sizes) // 2][1], description="Up to", **WHOLE
        )
        controls = [self.shape, self.largest, self.run, self.stop]
        controls += [self.keep, self.beside, self.compare]
        self._controls = widgets.Box(controls, layout=ROW)

    async def one_run(self) -> None:
        """Send the chosen shape in each size up to the chosen one, along each road."""
        self.passages, shape = [], self.shape.value
        sizes = [
            size for size in sizes_here(shape, largest=SIZES[-1]) if size <= self.largest.value
        ]
        async with Roads() as roads:
            for size in sizes:
                self.say(f"Running: {in_words(size)} along each road in Python.")
                self.passages += await roads.measure(shape, size)
                await self._draw(self.passages)
        self.say("Running: the same in Node.js.")
        run = await run_twin("sharing", shape=shape, sizes=sizes)
        self.passages += passages_of(run, shape, sizes)
        await self._draw(self.passages)
        done = f"Done: {len(self.passages)} passages, up to {in_words(sizes[-1])}."
        self.say(f"{done} {run.note}".strip())

    async def _draw(self, passages: list[Passage]) -> None:
        picture = await asyncio.to_thread(roads_chart, passages)  # it would hold the loop
        self.chart.value = picture.html()
        self.keep.disabled = not self.passages

    def after_stop(self) -> None:
        """What was measured so far stays."""
        there = f"{len(self.passages)} passages were measured, and are shown."
        self.say(f"Stopped by you. {there} No worker and no shared block is left.")

    def measured(self) -> list[Passage]:
        """The passages of this run."""
        return self.passages

    def show_beside(self, other: list[Passage]) -> None:
        """Draw those of the shape that is chosen."""
        there = [each for each in other if each.shape == self.shape.value]
        if not there:
            self.say(f"There is nothing of the shape {self.shape.value} in that run.")
            return
        shown = [each for each in self.passages if each.shape == self.shape.value]
        self._main.spawn(self._draw(shown + there))
        origin = f"of {there[0].date} on {there[0].machine}"
        self.say(f"Beside each other: this run, and {len(there)} passages {origin}.")

    def __repr__(self) -> str:
        return "Roads panel: run this cell in JupyterLab to bring it to life."
