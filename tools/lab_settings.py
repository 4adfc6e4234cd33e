"""Copies the course's JupyterLab settings into an environment, and nowhere else.

    python tools/lab_settings.py        into the environment of the Python that runs this

They switch off comms over subshells (with them, a callback that should block the kernel's event
loop runs in a thread beside it) and the news feed (the course asks no other host for anything).
"""

from __future__ import annotations

import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "binder" / "overrides.json"


def install(prefix: Path) -> Path:
    target = prefix / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings = SOURCE.read_bytes()
    if not target.exists() or target.read_bytes() != settings:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(settings)
    return target


if __name__ == "__main__":
    print(install(Path(sys.prefix)))
