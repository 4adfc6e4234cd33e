"""Names for the sliders of a panel, which ipywidgets leaves without: put it among the children."""

from pathlib import Path

import anywidget


class SliderNames(anywidget.AnyWidget):
    """Shows nothing; in the browser it names every slider of the panel that it is a child of."""

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

    def __repr__(self) -> str:
        return "Names for the sliders of a panel, for screen readers."
