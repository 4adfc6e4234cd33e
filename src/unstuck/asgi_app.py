"""The course's web app for servers that find an app by its import string.

`unstuck.asgi_app:app` is what uvicorn, gunicorn and granian are given. The variable UNSTUCK_HATCH
names the hatch of its heavy requests; without it they run inline, and block.
"""

import asyncio
import contextlib
import os

from unstuck import hatches
from unstuck.server import make_app
from unstuck.workloads import calibrate

HATCH = "UNSTUCK_HATCH"


def _hatch():
    """Return the hatch that the environment names; ValueError says why it cannot run here."""
    found = hatches.hatch(os.environ.get(HATCH, "inline"))
    if reason := found.reason_missing():
        raise ValueError(f"{HATCH}: {reason}")
    return found


@contextlib.asynccontextmanager
async def _life(app):
    """Size the work before the first request, and end the hatch's workers after the last."""
    calibrate()
    yield
    await asyncio.to_thread(hatches.close)


app = make_app(_hatch().run, _life)
