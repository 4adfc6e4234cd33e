"""The picture of the lanes: who works on what, drawn in the browser as the events come.

It sends as the heartbeat monitor does: one message at a time, at most eight a second, and only
while a browser shows the picture.
"""

from unstuck.labs.monitor import Monitor, picture_source


class LanesPicture(Monitor):
    """A lane for each worker, the tasks that wait, and a table of the last runs.

    `tell` takes the events of `tracing` with a "runtime"; {"kind": "run", "label", "lanes",
    "seconds"} begins a group of lanes, {"kind": "clear"} and {"kind": "stopped"} end all.
    """

    _esm = picture_source("lane_picture.js")
    _css = picture_source("live_view.css", "lane_picture.css")

    def __repr__(self) -> str:
        return "Lanes: a live picture of who works on what."
