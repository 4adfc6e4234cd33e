"""Record what not every learner has on this machine: Node.js, and a free-threaded Python.

python tools/record.py        writes src/unstuck/recorded/*.json
"""

import asyncio
import json
import platform
from dataclasses import asdict
from pathlib import Path

from unstuck.free_python import compare_builds
from unstuck.labs.watch import watch
from unstuck.node import run_twin
from unstuck.trial import machine_label, today

FOLDER = Path(__file__).parent.parent / "src" / "unstuck" / "recorded"
STEMS = ("blocked_loop", "article", "threads", "helper_pool", "many_waits", "pool", "transfer")
# A twin that shows several things is run so often; the run without options comes last.
OPTIONS = {"pool": [{"fault": "exit"}, {"fault": "throw"}, {}]}


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
    save("server", [seen.as_dict()], versions)
    await record_free_threads()


async def record_free_threads() -> None:
    """Compare this Python with a free-threaded one; keep the old record where there is none."""
    builds = await compare_builds()
    if builds[-1].free_threaded and not builds[-1].note:
        lines = [{"kind": "free_threads", **asdict(build)} for build in builds]
        save("free_threads", lines, {"python": builds[-1].python})


if __name__ == "__main__":
    asyncio.run(main())
