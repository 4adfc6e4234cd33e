"""The queueing panel: move a slider, and see how long requests wait, for up to 10,000 workers.

`dispatch_chart([simulate(Setup(workers=100))])` does the same without widgets. The simulation and
its picture are made in a thread; while a slider moves, only the last place is drawn.
"""

import asyncio

import ipywidgets as widgets

from unstuck.labs.status_panel import ROW, WHOLE, StatusPanel
from unstuck.plots import Picture
from unstuck.queueing import DISPATCHES, SERVICES, Queued, Setup, counted, enough, in_ms, simulate
from unstuck.queueing_chart import dispatch_chart

WORKERS = (*(step * 10**power for power in range(4) for step in (1, 2, 5)), 10_000)
MOST = 200_000  # requests in a simulation: to sort more would hold the loop up
BETWEEN = 0.25  # seconds between two pictures, at least
QUIET = 1.0  # seconds between two sentences that a screen reader says, at least
_WIDE = {**WHOLE, "layout": {"width": "340px"}}
_READY = "Ready. Predict first, then move a slider: when does the p99 begin to hurt?"


class QueueingPanel(StatusPanel):
    """The panel: sliders, the picture, a status line.

    `results` holds what is shown: the chosen set-up and, beside it, one queue for all workers.
    """

    def __init__(self):
        super().__init__()
        self.results: list[Queued] = []
        self.drawn = 0  # pictures so far
        self._wanted, self._moved, self._said, self._task = False, False, 0.0, None
        self._make_controls()
        self.chart = widgets.HTML()
        self.children = [self._controls, self._status, self.chart]
        self.add_class("unstuck-queueing-panel")
        self.say(_READY)
        self._want()

    def _make_controls(self) -> None:
        sizes = [(f"{count:,}", count) for count in WORKERS]
        self.workers = widgets.SelectionSlider(
            options=sizes, value=10, description="Workers", **_WIDE
        )
        self.busy = widgets.IntSlider(80, 5, 98, description="Utilisation (%)", **_WIDE)
        times = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
        self.time = widgets.SelectionSlider(
            options=times, value=10, description="Time of a request (ms)", **_WIDE
        )
        self.heavy = widgets.FloatSlider(
            2, min=0, max=20, step=0.5, description="Heavy (%)", disabled=True, **_WIDE
        )
        self.service = widgets.Dropdown(options=SERVICES, description="Times are", **_WIDE)
        self.dispatch = widgets.Dropdown(
            options=DISPATCHES, value="at random", description="Who is next", **_WIDE
        )
        controls = [self.workers, self.busy, self.time, self.service, self.heavy, self.dispatch]
        for control in controls:
            control.observe(self._main.handler(self._on_change), "value")
        self._controls = widgets.Box(controls, layout=ROW)

    def setup(self, dispatch: str) -> Setup:
        """Return what the sliders say, with a dispatch."""
        return Setup(
            self.workers.value,
            self.busy.value / 100,
            self.time.value / 1e3,
            self.service.value,
            dispatch=dispatch,
            heavy_share=self.heavy.value / 100,
        )

    def _on_change(self, change) -> None:
        self._moved = True
        self.heavy.disabled = self.service.value != "mixed"
        self._want()

    def _want(self) -> None:
        """Ask for a picture; one task draws, and always what is wanted last."""
        self._wanted = True
        if self._task is None:
            self._task = self._main.spawn(self._draw_all())
            self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task) -> None:
        self._task = None
        if self._wanted:  # a slider was moved since the last look
            self._want()

    async def _draw_all(self) -> None:
        clock = self._main.loop.time
        while self._wanted:
            self._wanted, begun = False, clock()
            await self._draw()
            await asyncio.sleep(max(0.0, begun + BETWEEN - clock()))
            if not self._wanted:  # a moving slider is not spoken of
                await asyncio.sleep(max(0.0, self._said + QUIET - clock()))
            if self._moved and not self._wanted:
                self._said = clock()
                self.say(told(self.results))

    async def _draw(self) -> None:
        chosen = self.dispatch.value
        names = dict.fromkeys([chosen, DISPATCHES[0]])
        setups = [self.setup(name) for name in names]
        self.results, picture = await asyncio.to_thread(shown, setups)
        self.chart.value = picture.html()
        self.drawn += 1

    def __repr__(self) -> str:
        return "Queueing panel: run this cell in JupyterLab to bring it to life."


def shown(setups: list[Setup]) -> tuple[list[Queued], Picture]:
    """Simulate set-ups, and draw what was found."""
    results = [simulate(setup, min(MOST, enough(setup))) for setup in setups]
    return results, dispatch_chart(results)


def told(results: list[Queued]) -> str:
    """Say what was found in one or two sentences."""
    first, setup = results[0], results[0].setup
    said = (
        f"{counted(setup.workers)}, {setup.rate:,.0f} requests a second, {setup.dispatch}: "
        f"p50 {in_ms(first.p50)}, p99 {in_ms(first.p99)}."
    )
    if len(results) > 1:
        said += f" From one queue for all the p99 would be {in_ms(results[1].p99)}."
    if not first.settled:
        said += " This run is too short to settle: in the long run they wait somewhat longer."
    return said
