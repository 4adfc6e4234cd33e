"""What every panel has: a status line that a screen reader hears, and one look for its controls."""

import html

import ipywidgets as widgets

from unstuck.labs.mainloop import MainLoop
from unstuck.labs.panel_aids import PanelAids

ROW = {"flex_flow": "row wrap", "align_items": "center", "grid_gap": "4px 12px"}
WHOLE = {"style": {"description_width": "initial"}}  # descriptions are never cut


class StatusPanel(widgets.VBox):
    """A box with a status line to be placed by the panel; `status` is its text."""

    def __init__(self):
        super().__init__()
        self._main = MainLoop(self.show_error)
        self._line = widgets.HTML()
        self._status = widgets.VBox([self._line, PanelAids()])
        self._status.add_class("unstuck-said")
        self.add_class("unstuck-panel")

    @property
    def status(self) -> str:
        """The text of the status line, with its mark-up."""
        return self._line.value

    def say(self, text: str, role: str = "status") -> None:
        """Show a sentence in the status line."""
        self._line.value = f'<div role="{role}" class="unstuck-{role}">{html.escape(text)}</div>'

    def show_error(self, text: str) -> None:
        """Show what went wrong; a screen reader says it at once."""
        self.say(f"That did not work. {text}", role="alert")
