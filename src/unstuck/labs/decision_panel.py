"""The decision tree to click through: each answer cites a trial of your own.

`unstuck.labs.decision(results)` shows it; `print(decision.walk(answers, results))` says the same
without widgets. The panel runs no work.
"""

import anywidget
import traitlets

from unstuck.decision import ROOT, TREE, nodes, walk
from unstuck.decision_tree import Leaf
from unstuck.labs.monitor import picture_source


class DecisionPanel(anywidget.AnyWidget):
    """The tree in the browser. `path` holds the numbers of the answers so far, from 0 on."""

    _esm = picture_source("decision_panel.js")
    _css = picture_source("live_view.css", "decision_panel.css")
    root = traitlets.Unicode(ROOT).tag(sync=True)
    nodes = traitlets.Dict({}).tag(sync=True)
    path = traitlets.List(traitlets.Int(), []).tag(sync=True)

    def __init__(self, results: object = ()):
        super().__init__()
        self._results = results
        self.show(results)

    def show(self, results: object) -> None:
        """Cite these results from now on; the path stays."""
        self._results = results
        self.nodes = nodes(results)

    @property
    def answers(self) -> list[str]:
        """The answers of the path in words; what leads nowhere is left out."""
        at, found = TREE[ROOT], []
        for number in self.path:
            if isinstance(at, Leaf) or not 0 <= number < len(at.edges):
                break
            edge = at.edges[number]
            found.append(edge.answer)
            at = TREE[edge.to]
        return found

    @property
    def text(self) -> str:
        """The path so far as text, as `decision.walk` prints it."""
        return walk(self.answers, self._results)

    def __repr__(self) -> str:
        return "Decision tree: run this cell in JupyterLab to bring it to life."
