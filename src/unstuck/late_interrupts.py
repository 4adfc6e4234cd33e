"""Let an interrupt wait until something is whole: an import, or a picture.

Python forgets a module whose import was interrupted, but not all that the module has begun by then,
and a second try meets those halves. And what was interrupted deep inside a large package has a
traceback that takes IPython longer to print than the rest of the work would have taken.
"""

import contextlib
import importlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import ModuleType


@contextlib.contextmanager
def interrupts_wait() -> Iterator[None]:
    """An interrupt that comes meanwhile is heard at the end: for a second at most, then."""
    elsewhere = threading.current_thread() is not threading.main_thread()
    heard_by = signal.getsignal(signal.SIGINT)  # None: by something that Python cannot put back
    if elsewhere or heard_by is None:
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard_by)
        if came:
            signal.raise_signal(signal.SIGINT)


def import_whole(name: str) -> ModuleType:
    """Import a module with all that it needs; an interrupt that came meanwhile is heard after it.

    Raises what the import raises.
    """
    if name in sys.modules:
        return importlib.import_module(name)
    with interrupts_wait():
        return importlib.import_module(name)
