"""The picture of the heartbeat: it draws what it is told, in the browser, and runs no work.

Events are gathered and sent in one message at a time, at most eight a second, and only while a
browser shows the picture. Without a browser nothing is sent at all.
"""

import math
import time
from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from unstuck.palette import INKS

_PAUSE = 0.125  # seconds between messages
_PATIENCE = 60.0  # seconds without word from the browser after which nothing more is sent


def picture_source(*names: str) -> str:
    """Return the text of files beside this one; before JavaScript, what all pictures share."""
    shared = ("live_view.js",) if names[0].endswith(".js") else ()
    texts = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in shared + names)
    return "\n".join(texts)


class Monitor(anywidget.AnyWidget):
    """A trace for each watched loop, like a hospital monitor; `tell(event)` adds to it.

    `on_unseen()` is called when the last view of it is gone: the page was left, the cell deleted.
    """

    _esm = picture_source("monitor.js")
    _css = picture_source("live_view.css")
    inks = traitlets.Dict(
        {name: {"light": ink.light, "dark": ink.dark} for name, ink in INKS.items()}
    ).tag(sync=True)
    lanes = traitlets.List([["kernel", "This kernel", "python"]]).tag(sync=True)
    rows = traitlets.List([]).tag(sync=True)  # the table under the picture
    prediction = traitlets.Dict({}).tag(sync=True)

    def __init__(self, loop, on_unseen: Callable[[], None] = lambda: None):
        super().__init__()
        self._loop, self._on_unseen = loop, on_unseen
        self._events: list[dict] = []
        self._timer = None
        self._heard = -math.inf
        self._views = 0
        self.on_msg(self._on_message)

    @property
    def shown(self) -> bool:
        """True while a browser shows the picture and has said so within the last minute."""
        return time.monotonic() - self._heard < _PATIENCE

    def tell(self, event: dict) -> None:
        """Add an event; it is sent with the next message. Call it in the main thread."""
        if not self.shown:
            return
        self._events.append(event)
        if self._timer is None:
            self._timer = self._loop.call_later(_PAUSE, self._flush)

    def _flush(self) -> None:
        self._timer = None
        events, self._events = self._events, []
        self.send({"kind": "events", "now": time.time(), "events": events})

    def _on_message(self, widget, content, buffers) -> None:
        kind = content.get("kind")
        self._views += (kind == "here") - (kind == "gone")
        if kind == "shown":
            self._heard = time.monotonic()
        elif kind == "gone" and self._views <= 0:
            self._heard = -math.inf
            self._on_unseen()

    def __repr__(self) -> str:
        return "Heartbeat monitor: a live trace for each watched loop."
