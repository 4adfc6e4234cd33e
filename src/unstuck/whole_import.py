"""Import a large package whole: an interrupt in the middle would leave it broken for good.

Python forgets a module whose import was interrupted, but not all that the module has begun by then,
and a second try meets those halves. Here the interrupt waits until the import is over.
"""

import importlib
import signal
import sys
import threading
from types import ModuleType


def import_whole(name: str) -> ModuleType:
    """Import a module with all that it needs; an interrupt that came meanwhile is heard after it.

    Raises what the import raises.
    """
    elsewhere = threading.current_thread() is not threading.main_thread()
    heard_by = signal.getsignal(signal.SIGINT)  # None: by something that Python cannot put back
    if name in sys.modules or elsewhere or heard_by is None:
        return importlib.import_module(name)
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        return importlib.import_module(name)
    finally:
        signal.signal(signal.SIGINT, heard_by)
        if came:
            signal.raise_signal(signal.SIGINT)
