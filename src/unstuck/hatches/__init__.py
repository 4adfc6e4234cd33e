"""The ways out of a blocked loop: one file each, one verb for all, `await run(func, *args)`.

A hatch is a module here with `run`, `reason_missing()` (None where it can run on this machine,
else one sentence), `TWIN`, the stem of the Node.js twin that shows the same, and, where it keeps
workers warm, `close()`, which ends them. To add one, add its file: names, command line and
contract tests find it by themselves.
"""

import importlib
import pkgutil
from types import ModuleType

from unstuck.values import is_one_of


def names() -> list[str]:
    """Return the names of all hatches, in alphabetical order."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def hatch(name: str) -> ModuleType:
    """Return the hatch called `name`; ValueError names those that exist."""
    if not is_one_of(name, names()):
        raise ValueError(f"there is no hatch {name!r}; there are: {', '.join(names())}")
    return importlib.import_module(f"{__name__}.{name}")


def close() -> None:
    """End all workers that hatches keep warm; the next `run` starts new ones."""
    for name in names():
        getattr(hatch(name), "close", lambda: None)()
