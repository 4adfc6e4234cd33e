"""Record the Node.js twins on this machine, for learners who have no Node.js.

python tools/record.py        writes src/unstuck/recorded/*.json
"""

import asyncio
import json
import platform
from pathlib import Path

from unstuck.labs.watch import watch
from unstuck.node import run_twin
from unstuck.trial import machine_label, today

FOLDER = Path(__file__).parent.parent / "src" / "unstuck" / "recorded"


def save(stem: str, lines: list[dict], versions: dict) -> None:
    """Write one recorded run, with the machine, versions and date it comes from."""
    record = {"stem": stem, "date": today(), "machine": machine_label(), "versions": versions}
    text = json.dumps({**record, "lines": lines}, indent=1)
    (FOLDER / f"{stem}.json").write_text(text + "\n", encoding="utf-8")


async def main() -> None:
    """Run each twin, and watch the Node.js server once."""
    versions = {}
    for stem in ("blocked_loop", "article", "threads", "helper_pool", "many_waits"):
        run = await run_twin(stem)
        if run.recorded:
            raise SystemExit(f"Nothing to record: {run.note}")
        versions = {**run.result["versions"], "python": platform.python_version()}
        save(stem, list(run.lines), versions)
    (seen,) = await watch("node", seconds=1.0)
    save("server", [seen.as_dict()], versions)


if __name__ == "__main__":
    asyncio.run(main())
