"""The room panel: upload result cards or name a folder, and see what the whole room has measured.

`unstuck.labs.room()` shows it. `read_cards(folder)` and the figures of `unstuck.room_chart` do the
same without widgets. Cards add up until Start again; what was refused is listed, with a reason.
"""

import asyncio
import html
from collections.abc import Callable

import ipywidgets as widgets

from unstuck.card_fields import MOST_BYTES
from unstuck.card_form import ResultCard
from unstuck.labs.status_panel import ROW, WHOLE, StatusPanel
from unstuck.room import Refusal, counted, read_cards
from unstuck.room_chart import breakeven_chart, speedup_chart, start_chart

CHARTS = {
    "Cores and speed-up": speedup_chart,
    "Start-up by system": start_chart,
    "Break-even": breakeven_chart,
}
_MOST_LISTED = 50


class RoomPanel(StatusPanel):
    """The panel: an upload, a folder, which figure, the figure, and the files that were refused.

    `cards` and `refusals` hold what was read so far.
    """

    def __init__(self):
        super().__init__()
        self.cards: list[ResultCard] = []
        self.refusals: list[Refusal] = []
        self._turn = asyncio.Lock()  # one reading at a time, so that no card counts twice
        self._make_controls()
        self.chart, self.refused = widgets.HTML(), widgets.HTML()
        controls = [self.upload, self.folder, self.read, self.figure, self.again]
        self.children = [widgets.Box(controls, layout=ROW), self._status, self.chart, self.refused]
        self.add_class("unstuck-room-panel")
        self.say("Ready. Predict first: does twice the CPUs make a pool twice as quick here?")

    def _make_controls(self) -> None:
        wide = {"width": "auto"}
        self.upload = widgets.FileUpload(
            accept=".json", multiple=True, description="Upload cards", layout=wide
        )
        self.folder = widgets.Text("cards", description="Folder", **WHOLE)
        self.read = widgets.Button(description="Read folder")
        self.figure = widgets.Dropdown(options=list(CHARTS), description="Figure", **WHOLE)
        self.again = widgets.Button(description="Start again")
        self.upload.observe(self._main.handler(self._on_files), "value")
        self.read.on_click(self._main.handler(self._on_folder))
        self.figure.observe(self._main.handler(self._on_figure), "value")
        self.again.on_click(self._main.handler(self._on_again))

    def _on_files(self, change) -> None:
        files = [(str(f["name"]), bytes(f["content"][: MOST_BYTES + 1])) for f in change["new"]]
        if files:
            self._main.spawn(self._add(files))

    def _on_folder(self, button) -> None:
        self._main.spawn(self._add(self.folder.value))

    def _on_figure(self, change) -> None:
        self._main.spawn(self._draw())

    def _on_again(self, button) -> None:
        self.cards, self.refusals = [], []
        self.upload.value = ()
        self.chart.value = self.refused.value = ""
        self.say("Ready. No card is counted.")

    async def _add(self, source: str | list) -> None:
        """Read in a thread: many cards take seconds, and the page must go on."""
        async with self._turn:
            self.say("Reading ...")
            try:
                new, refused = await asyncio.to_thread(read_cards, source, list(self.cards))
            except OSError as error:
                self.show_error(f"{error}.")
                return
            self.cards, self.refusals = [*self.cards, *new], [*self.refusals, *refused]
        self.refused.value = listed(self.refusals)
        await self._draw()
        text = f"{counted(len(new), 'new card')}; {counted(len(self.cards), 'card')} in all."
        text += f" {counted(len(refused), 'file')} refused, listed below." if refused else ""
        self.say(text)

    async def _draw(self) -> None:
        name = self.figure.value
        chart: Callable = CHARTS[name]
        try:
            picture = await asyncio.to_thread(chart, list(self.cards))
        except ValueError as error:
            self.chart.value = f"<p>{html.escape(str(error).capitalize())}.</p>"
            return
        if name == self.figure.value:
            self.chart.value = picture.html()

    def __repr__(self) -> str:
        return "Room panel: run this cell in JupyterLab to bring it to life."


def listed(refusals: list[Refusal]) -> str:
    """Return the last refused files with their reasons, as HTML; each word of theirs is escaped."""
    if not refusals:
        return ""
    items = "".join(f"<li>{html.escape(repr(each))}</li>" for each in refusals[-_MOST_LISTED:])
    more = len(refusals) - _MOST_LISTED
    earlier = f"<p>{more} earlier ones are not listed.</p>" if more > 0 else ""
    head = f"<summary>Refused files: {len(refusals)}</summary>"
    return f"<details open>{head}<ul>{items}</ul>{earlier}</details>"
