"""What every panel has: a status line that a screen reader hears, and one look for its controls."""

import html

import ipywidgets as widgets

from unstuck.labs.mainloop import MainLoop

ROW = {"flex_flow": "row wrap", "align_items": "center", "grid_gap": "4px 12px"}
WHOLE = {"style": {"description_width": "initial"}}  # descriptions are never cut


class StatusPanel(widgets.VBox):
    """A box with a status line to be placed by the panel; `status` is its text."""

    def __init__(self):
        super().__init__()
        self._main = MainLoop(self.show_error)
        self._status = widgets.HTML()

    @property
    def status(self) -> str:
        """The text of the status line, with its mark-up."""
        return self._status.value

    def say(self, text: str, role: str = "status") -> None:
        """Show a sentence in the status line."""
        self._status.value = f'<div role="{role}" class="unstuck-{role}">{html.escape(text)}</div>'

    def show_error(self, text: str) -> None:
        """Show what went wrong; a screen reader says it at once."""
        self.say(f"That did not work. {text}", role="alert")
