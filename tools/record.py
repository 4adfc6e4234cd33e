"""Record what not every learner has: Node.js, a free-threaded Python, and Python 3.14.

python tools/record.py        writes src/unstuck/recorded/*.json (with 3.14, interpreters too)

What to compare a machine with, roads and break-even, tools/record_machine.py records.
"""

import asyncio
import json
import platform
from dataclasses import asdict
from pathlib import Path

from unstuck import crossing
from unstuck.free_python import compare_builds
from unstuck.hatches import interpreters
from unstuck.interpreter_trials import STEM
from unstuck.labs.watch import watch
from unstuck.node import run_twin
from unstuck.payloads import SHAPES
from unstuck.trial import machine_label, measure, today
from unstuck.workloads import ARTICLE_NUMBER, is_prime, sized

FOLDER = Path(__file__).parent.parent / "src" / "unstuck" / "recorded"
STEMS = (
    "blocked_loop",
    "article",
    "threads",
    "helper_pool",
    "many_waits",
    "pool",
    "transfer",
    "sharing",
    "atomics",
    "child",
    "lanes",
    "interpreters",
    "clone",
    "fork_for_ever",
    "profile_first",
    "beyond_one_machine",
)
ROAD_SIZES = [4**step for step in range(5, 13)]  # bytes: 1 KiB to 16 MiB
# A twin that shows several things is run so often; the run without options comes last.
OPTIONS = {
    "profile_first": [
        {"request": request, "mended": mended}
        for request in ("customers", "ticket")
        for mended in (True, False)
    ],
    "pool": [{"fault": "exit"}, {"fault": "throw"}, {}],
    "interpreters": [{"faults": True}, {}],
    "sharing": [{"shape": shape, "sizes": ROAD_SIZES} for shape in reversed(SHAPES)],
}


def save(stem: str, lines: list[dict], versions: dict) -> None:
    """Write one recorded run, with the machine, versions and date it comes from."""
    record = {"stem": stem, "date": today(), "machine": machine_label(), "versions": versions}
    text = json.dumps({**record, "lines": lines}, indent=1)
    (FOLDER / f"{stem}.json").write_text(text + "\n", encoding="utf-8")


async def main() -> None:
    """Run each twin, and watch the Node.js server once."""
    versions = {}
    for stem in STEMS:
        runs = [await run_twin(stem, **options) for options in OPTIONS.get(stem, [{}])]
        if runs[-1].recorded:
            raise SystemExit(f"Nothing to record: {runs[-1].note}")
        versions = {**runs[-1].result["versions"], "python": platform.python_version()}
        save(stem, [line for run in runs for line in run.lines], versions)
    (seen,) = await watch("node", seconds=1.0)
    save("server", [{"kind": "seen", **seen.as_dict()}], versions)
    await record_free_threads()
    await record_interpreters()


async def record_free_threads() -> None:
    """Compare this Python with a free-threaded one; keep the old record where there is none."""
    builds = await compare_builds()
    if builds[-1].free_threaded and not builds[-1].note:
        lines = [{"kind": "free_threads", **asdict(build)} for build in builds]
        save("free_threads", lines, {"python": builds[-1].python})


async def record_interpreters() -> None:
    """Keep what notebook 05 shows under Python 3.14, for older ones."""
    if interpreters.reason_missing():
        return
    func, number = sized("prime", 0.5)
    trials = [
        await measure("interpreters", interpreters.run, func, number),
        await measure("interpreters, article", interpreters.run, is_prime, ARTICLE_NUMBER),
    ]
    interpreters.close()
    record = {
        "date": today(),
        "machine": machine_label(),
        "versions": {"python": platform.python_version()},
        "trials": [trial.as_dict() for trial in trials],
        "crossing": asdict(crossing.crossing()),
        "importing": asdict(crossing.importing()),
    }
    text = json.dumps(record, indent=1)
    (FOLDER / f"{STEM}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
