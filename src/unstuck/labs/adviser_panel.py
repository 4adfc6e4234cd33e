"""The adviser panel: describe your service, and get an advice from your own trials.

`unstuck.labs.adviser(results)` shows it; `advise(results, Service(...))` says the same without
widgets. The panel runs no work: it says what to run.
"""

import html

import ipywidgets as widgets

from unstuck.adviser import Advice, Service, advise
from unstuck.adviser_service import RUNTIMES, SERVERS
from unstuck.labs.status_panel import ROW, WHOLE, StatusPanel

_WIDE = {**WHOLE, "layout": {"width": "280px"}}
_READY = "Ready. Describe your service, predict the answer, then press Advise."


class AdviserPanel(StatusPanel):
    """The form, the button, and the advice; `advice` is the newest one, None before the first."""

    def __init__(self, results: object = ()):
        super().__init__()
        self._results = results
        self.advice: Advice | None = None
        self._make_controls()
        self.shown = widgets.HTML()
        self.children = [self._controls, self.ask, self._status, self.shown]
        self.add_class("unstuck-adviser-panel")
        self.say(_READY)

    def _make_controls(self) -> None:
        self.rate = widgets.FloatText(20, description="Requests a second", **_WIDE)
        self.cpu = widgets.FloatText(30, description="Computing (ms)", **_WIDE)
        self.waits = widgets.FloatText(0, description="Waiting (ms)", **_WIDE)
        self.payload = widgets.IntText(0, description="Payload (bytes)", **_WIDE)
        self.runtime = widgets.Dropdown(options=RUNTIMES, description="Runtime", **_WIDE)
        self.server = widgets.Dropdown(options=SERVERS, description="Server", **_WIDE)
        names = {
            "untrusted": "A stranger's code",
            "in_c": "Computes in C, GIL released",
            "blocking_wait": "The wait blocks its thread",
            "kubernetes": "Runs in Kubernetes",
        }
        self.flags = {
            name: widgets.Checkbox(False, description=text, indent=False, layout={"width": "280px"})
            for name, text in names.items()
        }
        self.ask = widgets.Button(description="Advise", button_style="primary")
        self.ask.on_click(self._main.handler(self._on_ask))
        controls = [self.rate, self.cpu, self.waits, self.payload, self.runtime, self.server]
        self._controls = widgets.Box([*controls, *self.flags.values()], layout=ROW)

    @property
    def service(self) -> Service:
        """The service that the form describes; ValueError says what cannot be."""
        flags = {name: box.value for name, box in self.flags.items()}
        return Service(
            self.rate.value,
            self.cpu.value,
            self.waits.value,
            self.payload.value,
            runtime=self.runtime.value,
            server=self.server.value,
            **flags,
        )

    def show(self, results: object) -> None:
        """Judge by these results from now on."""
        self._results = results

    def _on_ask(self, button) -> None:
        self.advice, self.shown.value = None, ""
        try:
            self.advice = advise(self._results, self.service)
        except (ValueError, TypeError) as error:
            self.show_error(f"{error}.")
            return
        self.say(f"Advice: {self.advice.category}.")
        self.shown.value = advice_html(self.advice)

    def __repr__(self) -> str:
        return "Adviser panel: run this cell in JupyterLab to bring it to life."


def advice_html(advice: Advice) -> str:
    """Return an advice as HTML: the configuration, then two lists."""
    lists = "".join(
        f"<p>{head}</p><ul>{''.join(f'<li>{html.escape(text)}</li>' for text in texts)}</ul>"
        for head, texts in (("Because", advice.because), ("It would change", advice.change))
        if texts
    )
    return (
        f"<div><strong>{html.escape(advice.category)}</strong>"
        f"<pre>{html.escape(advice.configuration)}</pre>{lists}</div>"
    )
