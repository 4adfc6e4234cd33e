"""What ipywidgets leaves undone for people without a mouse, or with colours of their own."""

from pathlib import Path

import anywidget

_HERE = Path(__file__)


class PanelAids(anywidget.AnyWidget):
    """Shows nothing; in the browser it mends the controls of the panel that it is in.

    It names every slider, takes those that are off out of the Tab order, and gives buttons and
    sliders their borders where the learner's system forces its own colours.
    """

    _esm = _HERE.with_suffix(".js").read_text(encoding="utf-8")
    _css = _HERE.with_suffix(".css").read_text(encoding="utf-8")

    def __repr__(self) -> str:
        return "Aids for keyboards, screen readers and forced colours."
