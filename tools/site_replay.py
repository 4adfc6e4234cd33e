"""The recorded heartbeat: its data, its table and its controls, for the site's first page."""

from __future__ import annotations

import html
import json
from pathlib import Path


def replay(recorded: Path) -> str:
    """The section as HTML. `replay.js` draws; without it the sentence and the table tell all."""
    record = json.loads(recorded.read_text("utf-8"))
    (line,) = record["lines"]
    data = json.dumps(
        {"requests": line["requests"], "flat": line["flat_seconds"], "patient": line["patient"]}
    )
    return f"""<section id="replay" aria-labelledby="replay-title">
<h2 id="replay-title">A heartbeat, replayed</h2>
<p><strong>A recorded run on {html.escape(record["machine"])}, {record["date"]}: a replay, nothing
runs here.</strong> {html.escape(_sentence(line, record))}</p>
<div class="replay" hidden>
<canvas role="img" aria-label="The recorded run, not drawn yet"></canvas>
<p class="controls"><button type="button">Play</button>
<label>Moment <input type="range" step="0.05"></label></p>
<p class="said" role="status"></p></div>
<details><summary>The recorded run as a table</summary>{_table(line["requests"])}</details>
<script type="application/json" id="replay-data">{data}</script>
<script src="replay.js"></script></section>
"""


def _sentence(line: dict, record: dict) -> str:
    """What happened, in words and numbers of the record."""
    return (
        f"A {line['patient']} (Node.js {record['versions']['node']}) is asked 20 times a second. "
        f"At second 0 it must also look for a prime number, on its only loop: it goes flat for "
        f"{line['flat_seconds']:.2f} s, {line['most_waiting']} requests wait at most, and "
        f"{line['answered']} of {line['sent']} are answered in the end. The 99th percentile of "
        f"their waits is {line['p99_ms']:.0f} ms, in the calm before {line['calm_p99_ms']:.1f} ms. "
        "Play shows it at a quarter of its speed; each spike is an answer."
    )


def _table(requests: list) -> str:
    rows = (
        f"<tr><td>{number}</td><td>{at:.2f}</td><td>{1e3 * waited:.1f}</td></tr>"
        for number, (at, waited) in enumerate(requests, 1)
    )
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Requests of the recorded run">'
        "<table><caption>Each light request: when it was sent, and how long it waited</caption>"
        '<thead><tr><th scope="col">request</th><th scope="col">sent (s)</th>'
        f'<th scope="col">waited (ms)</th></tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )
