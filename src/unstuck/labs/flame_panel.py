"""The flame panel: zoom, search and walk through a profile; load one from a file of your own.

`unstuck.labs.flame(flame)` shows it; `flame_chart(flame)` draws the same without widgets. The
panel runs no work: it is given a profile, or reads a file. At most 2000 boxes go to the browser.
"""

import asyncio

import anywidget
import ipywidgets as widgets
import traitlets

from unstuck.flame import Flame, amount
from unstuck.flame_boxes import KINDS, boxes_of
from unstuck.flame_read import LARGEST, NotAProfile, parse_profile
from unstuck.labs.monitor import picture_source
from unstuck.labs.status_panel import StatusPanel
from unstuck.palette import INKS

_KINDS = ".cpuprofile,.json,.pyisession,.txt"


class FlamePicture(anywidget.AnyWidget):
    """The boxes, drawn in the browser; `show(flame)` puts in another profile."""

    _esm = picture_source("flame_paint.js", "flame_panel.js")
    _css = picture_source("live_view.css", "flame_panel.css")
    inks = traitlets.Dict(
        {name: {"light": ink.light, "dark": ink.dark} for name, ink in INKS.items()}
    ).tag(sync=True)
    drawn = traitlets.Dict({}).tag(sync=True)
    rows = traitlets.List([]).tag(sync=True)  # the table under the picture

    def show(self, flame: Flame) -> None:
        """Draw this profile in place of the last one."""
        self.rows = [_row(hot, flame) for hot in flame.hottest(12)]
        self.drawn = drawing(flame)

    def __repr__(self) -> str:
        return "Flame graph: run this cell in JupyterLab to bring it to life."


def drawing(flame: Flame) -> dict:
    """What the browser needs, and no more: boxes as rows of numbers, each name once."""
    boxes = boxes_of(flame)
    names: dict[tuple[str, str], int] = {}
    lines = []
    for box in boxes.boxes:
        label = names.setdefault((box.name, box.where), len(names))
        kind = KINDS.index(box.kind)
        lines.append([box.row, box.start, box.width, label, box.own, kind])
    return {
        "title": repr(flame),
        "note": boxes.note,
        "runtime": flame.runtime if flame.runtime in INKS else "python",
        "unit": flame.unit,
        "total": flame.total,
        "names": [list(label) for label in names],
        "boxes": lines,
    }


def _row(hot, flame: Flame) -> list[str]:
    times = (amount(value, flame.unit) for value in (hot.own, hot.total, hot.waited))
    own, total, waited = times
    share = f"{100 * hot.own / (flame.total or 1):.1f}"
    return [hot.place.name, hot.place.where, own, share, total, waited]


class FlamePanel(StatusPanel):
    """The picture, a button to load a file, and a status line; `status` is its text."""

    def __init__(self, flame: Flame | None = None):
        super().__init__()
        self._newest: tuple = ()  # the file that is wanted, of several that are being read
        self.flame = flame
        self.picture = FlamePicture()
        self.upload = widgets.FileUpload(
            accept=_KINDS,
            description="Open a profile of your own",
            tooltip="A .cpuprofile, a session or JSON of pyinstrument, or collapsed stacks",
            layout={"width": "auto", "align_self": "flex-start"},
        )
        self.upload.observe(self._main.handler(self._on_file), "value")
        self.children = [self.picture, self.upload, self._status]
        self.add_class("unstuck-flame-panel")
        self._show(flame, "Nothing is shown yet: open a profile.")

    def _show(self, flame: Flame | None, otherwise: str = "") -> None:
        if flame is None:
            self.say(otherwise)
            return
        self.flame = flame
        self.picture.show(flame)
        self.say(f"{flame!r}. {self.picture.drawn['note']}".strip())

    def _on_file(self, change) -> None:
        if change["new"]:
            self._newest = change["new"]
            self._main.spawn(self._load(self._newest))

    async def _load(self, files: tuple) -> None:
        """Read in a thread: a large file takes seconds, and the page must go on."""
        (file,) = files
        name, data = str(file["name"]), bytes(file["content"][: LARGEST + 1])
        self.say(f"Reading {name[:100]} ...")
        try:
            flame = await asyncio.to_thread(parse_profile, data, name)
        except NotAProfile as error:
            self.show_error(str(error))
            return
        if files is self._newest:
            self._show(flame)

    def __repr__(self) -> str:
        return "Flame panel: run this cell in JupyterLab to bring it to life."
