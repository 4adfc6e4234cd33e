"""What a cluster is to be, checked before any process is started."""

import re
from dataclasses import dataclass

from unstuck.values import is_one_of

MOST_WORKERS = 8
SPREADS = ("handout", "shared", "reuseport")
RUNTIMES = ("python", "node")


@dataclass(frozen=True)
class Plan:
    """So many processes, who spreads the connections over them, and what they serve.

    `spread` is "handout", "shared" or "reuseport" (see `cluster_spread`); `runtime` is "python" or
    "node"; `hatch` is what heavy requests run in. `app` is an ASGI app in place of the
    course's: "module:name" or "file.py:name". `port` 0 takes a free one.
    Raises ValueError for what cannot be.
    """

    workers: int = 2
    spread: str = SPREADS[0]
    runtime: str = RUNTIMES[0]
    hatch: str = "inline"
    app: str | None = None
    port: int = 0

    def __post_init__(self):
        if type(self.workers) is not int or not 1 <= self.workers <= MOST_WORKERS:
            raise ValueError(f"workers must be from 1 to {MOST_WORKERS}, not {self.workers!r}")
        if type(self.port) is not int or not 0 <= self.port <= 65_535:
            raise ValueError(f"a port is a whole number from 0 to 65535, not {self.port!r}")
        for name, allowed in (("spread", SPREADS), ("runtime", RUNTIMES)):
            value = getattr(self, name)
            if not is_one_of(value, allowed):
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        if self.app is not None and not isinstance(self.app, str):
            raise ValueError(
                f'app must be a text, "module:name" or "file.py:name", not {self.app!r}'
            )
        if self.app and not re.fullmatch(r".+:\w+", self.app):
            raise ValueError(f'app must be "module:name" or "file.py:name", not {self.app!r}')
        if self.app and self.runtime == "node":
            raise ValueError("an app of your own is an ASGI app, for the python runtime")
