"""The heartbeat panel: predict, block a real loop, and see its line go flat while it is blocked.

`unstuck.labs.heartbeat()` shows it. The panel only reads its controls and draws; `watch` does
the work, and can be awaited by itself where there are no widgets.
"""

import ipywidgets as widgets

from unstuck import hatches
from unstuck.labs.keeping import KeepingPanel
from unstuck.labs.monitor import Monitor
from unstuck.labs.patients import KernelPatient, ServerPatient
from unstuck.labs.status_panel import ROW, WHOLE
from unstuck.labs.watch import LONGEST, RATE, Recorder, watch_patients
from unstuck.seen import Seen

PATIENTS = {
    "This kernel": ("kernel",),
    "Python server": ("python",),
    "Node.js server": ("node",),
    "Python and Node.js servers": ("python", "node"),
}
WORK = {"prime check (CPU)": "prime", "hash in C (CPU)": "digest", "sleep (no CPU)": "wait"}
_NO_GUESS = {"flat": 0, "waiting": 0}
_READY = "Ready. Predict first, then press Run."


class Heartbeat(KeepingPanel):
    """The panel: controls, the monitor, a status line. One watch runs at a time.

    `results` holds what was seen, newest last; `status` is the text that the panel shows.
    """

    KEPT, KIND = "unstuck-heartbeat.json", "watch"

    def __init__(self):
        super().__init__()
        self.results: list[Seen] = []
        self.monitor = Monitor(self._main.loop, self._unseen)
        self._recorder = Recorder(self.monitor.tell)
        self._patients = {"kernel": KernelPatient(self._record)}
        self._make_controls()
        self.children = [
            self._predictions,
            self._controls,
            self.monitor,
            self._status,
        ]
        self.add_class("unstuck-heartbeat")
        self.monitor.on_msg(self._on_message)
        self.say(_READY)

    def _make_controls(self) -> None:
        wide, long = {**WHOLE, "layout": {"width": "auto"}}, {**WHOLE, "layout": {"width": "320px"}}
        self.patient = widgets.Dropdown(options=list(PATIENTS), description="Patient", **wide)
        self.hatch = widgets.Dropdown(
            options=hatches.names(), value="inline", description="Hatch", **wide
        )
        self.work = widgets.Dropdown(options=WORK, description="Work", **wide)
        self.seconds = widgets.FloatSlider(
            value=1.0, min=0.2, max=LONGEST, step=0.1, description="Seconds", **long
        )
        self.flat = widgets.FloatSlider(
            value=0, min=0, max=LONGEST, step=0.1, description="Flat for (s)", **long
        )
        self.waiting = widgets.IntSlider(
            value=0, min=0, max=int(RATE * LONGEST), description="Requests waiting", **long
        )
        guess = widgets.Label(f"Your prediction, at {RATE} requests a second:")
        self._predictions = widgets.Box([guess, self.flat, self.waiting], layout=ROW)
        controls = [self.patient, self.hatch, self.work, self.seconds, self.run, self.stop]
        self._controls = widgets.Box([*controls, self.keep, self.compare], layout=ROW)

    def _on_message(self, widget, content, buffers) -> None:
        if content.get("kind") == "shown":
            self._main.handler(self._beat_kernel)()

    def _beat_kernel(self) -> None:
        self._main.spawn(self._patients["kernel"].start(self.hatch.value))

    def _record(self, event: dict) -> None:
        self._recorder(event)
        if not self.monitor.shown:
            self._unseen()

    def _unseen(self) -> None:
        """Nobody looks: end the servers, unless a run needs them."""
        if self._task is None:
            self._main.spawn(self._close())

    async def one_run(self) -> None:
        """Watch the chosen patients once, and show what was seen."""
        self._recorder.events.clear()
        chosen = [self._patient(name) for name in PATIENTS[self.patient.value]]
        self.monitor.lanes = [[each.name, each.label, each.runtime] for each in chosen]
        guess = {"flat": self.flat.value, "waiting": self.waiting.value}
        self.monitor.prediction = guess
        self.say("Running: a calm second first, then the block.")
        seen = await watch_patients(
            chosen, self.hatch.value, self.work.value, self.seconds.value, self._recorder
        )
        self.results.extend(seen)
        self.keep.disabled = False
        self.monitor.rows = [_row(each, guess) for each in seen] + self.monitor.rows[:8]
        self.say(" ".join(_told(each, guess) for each in seen))

    def measured(self) -> list[Seen]:
        """What was seen in this panel."""
        return self.results

    def show_beside(self, other: list[Seen]) -> None:
        """Put the kept runs into the table, under those of this panel."""
        self.monitor.rows = [*self.monitor.rows, *(_row(each, _NO_GUESS) for each in other)][:20]
        origin = f"kept on {other[0].date}, on {other[0].machine}"
        self.say(f"The table under the picture has {len(other)} more runs, {origin}.")

    def _patient(self, name: str):
        if name not in self._patients:
            self._patients[name] = ServerPatient(name, self._record)
        return self._patients[name]

    def after_stop(self) -> None:
        """End the servers, and say what goes on."""
        self._main.spawn(self._after_stop())

    async def _after_stop(self) -> None:
        still = self._patients["kernel"].working
        if still:
            self.say(
                f"Abandoned, still running: {still} function in a thread of this kernel. A thread "
                "cannot be stopped from outside; it works on to its end."
            )
        elif self.patient.value == "This kernel":
            self.say(
                "Stopped by you. If the line was flat, Stop was heard only when the loop was free "
                "again: that is what blocking means."
            )
        else:
            self.say("Stopped by you. The servers were ended; the next run starts new ones.")
        for name in self._patients:
            self.monitor.tell({"kind": "stopped", "lane": name})
        await self._close(keep_kernel=True)

    async def _close(self, keep_kernel: bool = False) -> None:
        for name, patient in list(self._patients.items()):
            if not (keep_kernel and name == "kernel"):
                await patient.stop()

    def __repr__(self) -> str:
        return "Heartbeat panel: run this cell in JupyterLab to bring it to life."


def _row(seen: Seen, guess: dict) -> list:
    return [
        f"{seen.patient}, kept {seen.date}" if seen.recorded and seen.date else seen.patient,
        f"{seen.work} by {seen.hatch}, {seen.seconds:.1f} s",
        _guessed(guess, "flat", ".1f"),
        f"{seen.flat_seconds:.2f}",
        _guessed(guess, "waiting", "d"),
        str(seen.most_waiting),
        f"{seen.answered} of {seen.sent}",
        f"{seen.p50_ms:.1f}",
        f"{seen.p99_ms:.1f}",
    ]


def _guessed(guess: dict, name: str, form: str) -> str:
    """A prediction counts as made once either slider was moved; then 0 is a prediction too."""
    return format(guess[name], form) if any(guess.values()) else "none"


def _told(seen: Seen, guess: dict) -> str:
    label = f" (recorded: {seen.note})" if seen.recorded else ""
    said = f"{seen.patient}{label}: flat for {seen.flat_seconds:.2f} s, "
    said += f"{seen.most_waiting} waiting at most"
    if guess["flat"] or guess["waiting"]:
        said += f" (you said {guess['flat']:.1f} s and {guess['waiting']})"
    return f"{said}; {seen.answered} of {seen.sent} requests answered."
