"""All labs on one page: a test with these CELLS has them in its notebook."""

import lab_server

# What a lab is called, and where its own element is.
PANELS = {
    "heartbeat": ".unstuck-heartbeat",
    "lanes": ".unstuck-lanes-panel",
    "roads": ".unstuck-roads-panel",
    "breakeven": ".unstuck-breakeven-panel",
    "cluster": ".unstuck-cluster-panel",
    "flame": ".unstuck-flame-panel",
    "queueing": ".unstuck-queueing-panel",
    "decision": ".unstuck-decision",
    "adviser": ".unstuck-adviser-panel",
    "room": ".unstuck-room-panel",
}
SHOWN = {"flame": "read_collapsed('serve;loop;select 40\\nserve;loop;answer 120')"}
# More tasks than a panel has at first: the run is still there when Stop is pressed, on a busy page.
LANES = "lanes = labs.lanes()\nlanes.tasks.value, lanes.seconds.value = 40, 0.5\nlanes"
CELLS = [
    "from unstuck import labs\nfrom unstuck.flame_collapsed import read_collapsed",
    *(LANES if name == "lanes" else f"labs.{name}({SHOWN.get(name, '')})" for name in PANELS),
]


def open_panels(page, lab: str) -> None:
    """Run the notebook, and wait until every panel is there."""
    lab_server.open_notebook(page, lab, "panel.ipynb")
    page.evaluate("jupyterapp.shell.collapseLeft()")
    lab_server.run_all(page)
    for selector in PANELS.values():
        page.locator(selector).first.wait_for(state="attached")
