"""The picture of a cluster: a lane for each worker, drawn in the browser from small frames.

It sends as the heartbeat monitor does: one message at a time, at most eight a second, and only
while a browser shows the picture. The table beside it is sent at most once a second.
"""

import time
from collections.abc import Callable

import traitlets

from unstuck.labs.cluster_rows import COLUMNS
from unstuck.labs.monitor import Monitor, picture_source

_ROWS_EVERY = 1.0  # seconds between tables


class ClusterPicture(Monitor):
    """`tell(frame)` takes the frames of a `ClusterRun`; {"kind": "run"} and "over" frame them."""

    _esm = picture_source("cluster_picture.js")
    _css = picture_source("live_view.css", "cluster_picture.css")
    columns = traitlets.List(list(COLUMNS)).tag(sync=True)
    last = traitlets.Dict({}).tag(sync=True)  # the newest frame, for a view that comes later

    def __init__(self, loop, on_unseen: Callable[[], None]):
        super().__init__(loop, on_unseen)
        self._frame: dict = {}
        self._shown_at = 0.0

    def tell(self, event: dict) -> None:
        """Add a frame; it is sent with the next message."""
        if event["kind"] != "over":
            self._frame = event
        super().tell(event)

    def show(self, rows: Callable[[], list[list[str]]], last: bool = False) -> None:
        """Fill the table, at most once a second; the `last` one comes in any case."""
        now = time.monotonic()
        if last or (self.shown and now - self._shown_at > _ROWS_EVERY):
            self._shown_at = now
            with self.hold_sync():
                self.rows = rows()
                self.last = {**self._frame, "over": last}

    def __repr__(self) -> str:
        return "Cluster: a live lane for each worker."
