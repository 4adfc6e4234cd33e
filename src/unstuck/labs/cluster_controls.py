"""The controls of the cluster panel: what the cluster is to be, and the buttons that harm it."""

from collections.abc import Callable
from functools import partial

import ipywidgets as widgets

from unstuck.cluster_plan import SPREADS
from unstuck.cluster_traffic import MOST_RATE, Traffic
from unstuck.labs.cluster_limit import most_workers
from unstuck.labs.keeping import KeepingPanel
from unstuck.labs.status_panel import ROW, WHOLE
from unstuck.machine import default_workers

HATCHES = ("inline", "pool")  # Node's own threads cannot do this work
RUNTIMES = {"Python": "python", "Node.js": "node"}
EXPLAINED = {
    "handout": "The primary accepts each connection and hands it to the workers in turn.",
    "shared": "All workers wait at one door; who is free and quick takes the next connection.",
    "reuseport": "Each worker has a door of its own, and the system picks one. Linux only.",
}
KEPT = "A kept connection stays with its worker; a request that finds it closed is sent again."
NEW = "Each request takes a new connection."
FIXED = "A choice that is off takes effect at the next start: press Stop first."
_WIDE = {**WHOLE, "layout": {"width": "auto"}}
_LONG = {**WHOLE, "layout": {"width": "260px"}}


class ClusterControls(KeepingPanel):
    """A KeepingPanel with choices and buttons; a panel gives `on_press` and `on_toggle`."""

    def __init__(self):
        super().__init__()
        self._most = most_workers()
        self._running = self._full = False
        self._make_choices()
        self._make_buttons()
        self.run.observe(self._fix, "disabled")
        self.usable(False)

    def on_press(self, name: str, button: widgets.Button) -> None:
        """Do what the button called `name` says: kill, hang, restart, add or remove."""
        raise NotImplementedError

    def on_toggle(self, change) -> None:
        """Let workers crash at their start from now on, or no more: `change.new`."""
        raise NotImplementedError

    def _make_choices(self) -> None:
        fit = default_workers()
        self.runtime = widgets.Dropdown(options=RUNTIMES, description="Runtime", **_WIDE)
        self.workers = widgets.IntSlider(
            min(fit.count, self._most.count),
            min=1,
            max=self._most.count,
            description="Workers",
            **_LONG,
        )
        self.spread = widgets.Dropdown(options=SPREADS, description="Spread", **_WIDE)
        self.hatch = widgets.Dropdown(options=HATCHES, description="Heavy work in", **_WIDE)
        self.rate = widgets.IntSlider(20, 1, MOST_RATE, description="Light requests/s", **_LONG)
        self.keep_alive = _checkbox("Keep-alive", False)
        self.heavy = _checkbox("Heavy (4 clients)", True)  # without them no pitfall is seen
        self._about = widgets.HTML()
        self._about.add_class("unstuck-cluster-about")
        self._explain()
        for control in (self.spread, self.keep_alive):
            control.observe(self._main.handler(self._explain), "value")
        self.run.layout.width = self.stop.layout.width = "90px"
        self._chosen = [self.runtime, self.workers, self.spread, self.hatch]
        self._chosen += [self.rate, self.keep_alive, self.heavy]
        ends = [self.run, self.stop, self.keep, self.beside, self.compare]
        self._choices = widgets.Box([*self._chosen, *ends], layout=ROW)

    def _explain(self, change=None) -> None:
        kept = KEPT if self.keep_alive.value else NEW
        words = [EXPLAINED[self.spread.value], kept]
        words += [FIXED] * self._running
        words += [f"Add a worker is off: {self._most.reason}."] * (self._running and self._full)
        if self._about.value != " ".join(words):
            self._about.value = " ".join(words)

    def _fix(self, change) -> None:
        """Fix the choices while a cluster runs, as Run is off then: no change would reach it."""
        self._running = change.new
        for control in self._chosen:
            control.disabled = change.new
        self._explain()

    def limit(self, workers: int, busy: bool) -> None:
        """Turn Add off where a cluster has the most workers, and say why; or while it is busy."""
        self._full = workers >= self._most.count
        self.add.disabled = self._full or busy
        self._explain()

    @property
    def about(self) -> str:
        """The sentences on the spread and the connections that are chosen."""
        return self._about.value

    def _make_buttons(self) -> None:
        self.pid = widgets.Dropdown(options=[], description="Worker", layout={"width": "150px"})
        self.pid.style.description_width = "initial"
        self.kill = self._button("kill", "Kill -9", button_style="danger")
        self.hang = self._button("hang", "Hang", button_style="danger")
        self.crash = widgets.ToggleButton(
            False, description="Crash at start", layout={"width": "auto"}
        )
        self.crash.observe(self._main.handler(self.on_toggle), "value")
        self.restart = self._button("restart", "Rolling restart")
        self.add = self._button("add", "Add a worker")
        self.remove = self._button("remove", "Remove a worker")
        self._harm = [self.pid, self.kill, self.hang, self.crash]
        self._harm += [self.restart, self.add, self.remove]
        self._buttons = widgets.Box(self._harm, layout=ROW)

    def _button(self, name: str, text: str, **style) -> widgets.Button:
        button = widgets.Button(description=text, layout={"width": "auto"}, **style)
        press: Callable = partial(self.on_press, name)
        button.on_click(self._main.handler(press))
        return button

    def usable(self, on: bool) -> None:
        """Let the buttons for a running cluster be pressed, or not."""
        for control in self._harm:
            control.disabled = not on

    def offer(self, pids: list[int]) -> None:
        """Let the learner choose among these workers; the choice stays while it can."""
        if list(self.pid.options) != pids:
            chosen = self.pid.value
            self.pid.options = pids
            self.pid.value = chosen if chosen in pids else (pids or [None])[0]

    def wishes(self, seconds: float) -> tuple[dict, Traffic]:
        """The plan of the cluster that is chosen, and its clients."""
        plan = {"workers": self.workers.value, "spread": self.spread.value}
        plan["hatch"] = self.hatch.value
        traffic = Traffic(self.rate.value, self.heavy.value, self.keep_alive.value, seconds)
        return {**plan, "runtime": self.runtime.value}, traffic


def _checkbox(text: str, on: bool) -> widgets.Checkbox:
    return widgets.Checkbox(on, description=text, indent=False, **_WIDE)
