"""Takes names away from every Python process of a test, as another system lacks them.

UNSTUCK_WITHOUT="os.killpg signal.SIGKILL" names them. Python's own modules keep what they need:
where a name is truly missing they are others.
"""

import importlib
import os

_WITHOUT = os.environ.get("UNSTUCK_WITHOUT", "").split()


def _keep_for_python() -> None:
    import multiprocessing.context
    import multiprocessing.popen_fork
    import signal
    import subprocess
    import types

    if "signal.SIGKILL" in _WITHOUT:
        for module in (multiprocessing.popen_fork, subprocess):
            module.signal = types.SimpleNamespace(**vars(signal))
    if "os.fork" in _WITHOUT:
        multiprocessing.get_all_start_methods = lambda: ["spawn"]


if _WITHOUT:
    _keep_for_python()
for _name in _WITHOUT:
    _module, _, _attribute = _name.partition(".")
    _holder = importlib.import_module(_module)
    if hasattr(_holder, _attribute):
        delattr(_holder, _attribute)
