"""A panel that keeps what it has measured in a file, and draws it beside another run.

The file is in the folder of the notebook; the other run is an own one, or that of the recorded
machine, which ships with the course.
"""

from collections.abc import Sequence
from pathlib import Path

import ipywidgets as widgets

from unstuck.labs.run_panel import RunPanel
from unstuck.labs.status_panel import WHOLE
from unstuck.results import KINDS, NotResults, keep, read, recorded_path

MINE, RECORDED = "my kept run", "the recorded machine"


class KeepingPanel(RunPanel):
    """A RunPanel with the controls `keep`, `beside` and `compare`, to be placed by the panel.

    A panel gives `KEPT`, the file's name, `KIND` of `unstuck.results`, and the methods below.
    """

    KEPT, KIND = "", ""

    def __init__(self):
        super().__init__()
        self.keep = widgets.Button(description="Keep results", disabled=True)
        self.beside = widgets.Dropdown(
            options=[MINE, RECORDED] if recorded_path(self.KIND).is_file() else [MINE],
            description="Compare with",
            **WHOLE,
            layout={"width": "auto"},
        )
        self.compare = widgets.Button(description="Compare")
        self.keep.on_click(self._main.handler(self._on_keep))
        self.compare.on_click(self._main.handler(self._on_compare))

    def measured(self) -> Sequence:
        """Return what is to be kept."""
        raise NotImplementedError

    def show_beside(self, other: list) -> None:
        """Draw the results of another run, and say whose they are."""
        raise NotImplementedError

    def _on_keep(self, button) -> None:
        path = keep(self.KEPT, self.measured())
        self.say(f"Kept in {path.name}, beside the notebook.")

    def _on_compare(self, button) -> None:
        path = Path(self.KEPT) if self.beside.value == MINE else recorded_path(self.KIND)
        if not path.is_file():
            self.say(f"There is no {path.name} yet: run, then press Keep results.")
            return
        other = read(path)
        if not other or not all(isinstance(each, KINDS[self.KIND]) for each in other):
            raise NotResults(f"{path.name} has no results of this panel.")
        self.show_beside(other)
