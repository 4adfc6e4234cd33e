"""Leave marks in a process, and look which of them are seen where some work is done.

`marks()` sets a context variable, a global, the working directory and more for the length of a
`with` block; `look(mark, box)` runs in a hatch and tells which of them it sees. Both are plain
functions of a module, so that every hatch can be given them.
"""

import colorsys  # a small library module, to hang an attribute on
import contextlib
import contextvars
import decimal
import os
import sys
import tempfile
import threading
from collections.abc import Iterator

ROWS = (
    "a ContextVar",
    "decimal's precision",
    "a threading.local",
    "a global set after import",
    "a library's attribute",
    "the working directory",
    "a variable of os.environ",
    "an entry of sys.path",
    "back: a list it appends to",
    "back: a global that it sets",
)
_NAME = "UNSTUCK_MARK"
_PRECISION = 77  # digits: nobody else asks for this many
_context: contextvars.ContextVar[str] = contextvars.ContextVar("mark", default="")
_local = threading.local()
_globals = {"mark": "", "answer": ""}  # stands for any global of a module


@contextlib.contextmanager
def marks(mark: str) -> Iterator[None]:
    """Set `mark` in every place that `look` knows; all is as before at the end."""
    folder = os.getcwd()
    with decimal.localcontext() as context, contextlib.ExitStack() as undo:
        context.prec = _PRECISION
        undo.callback(_context.reset, _context.set(mark))
        undo.callback(_globals.update, mark="", answer="")
        undo.callback(os.chdir, folder)
        undo.callback(os.environ.pop, _NAME, None)
        undo.callback(_forget, mark)
        _local.mark = _globals["mark"] = colorsys.mark = os.environ[_NAME] = mark
        os.chdir(elsewhere(folder))
        sys.path.append(mark)
        yield


def _forget(mark: str) -> None:
    del _local.mark, colorsys.mark
    with contextlib.suppress(ValueError):
        sys.path.remove(mark)


def elsewhere(folder: str) -> str:
    """Return a folder that exists and is not `folder`: the one above it, else a temporary one."""
    above = os.path.dirname(folder)
    return above if above != folder else tempfile.gettempdir()


def look(mark: str, folder: str, box: list) -> tuple[bool, ...]:
    """Say, for each of ROWS that go there, whether it is seen here; leave a mark for the way back.

    `folder` is the working directory of whoever set the marks.
    """
    box.append(mark)
    _globals["answer"] = mark
    return (
        _context.get() == mark,
        decimal.getcontext().prec == _PRECISION,
        getattr(_local, "mark", "") == mark,
        _globals["mark"] == mark,
        getattr(colorsys, "mark", "") == mark,
        os.getcwd() == folder,
        os.environ.get(_NAME) == mark,
        mark in sys.path,
    )


def came_back(mark: str, box: list) -> tuple[bool, bool]:
    """Say whether the list and the global that `look` changed are changed here."""
    back = mark in box, _globals["answer"] == mark
    _globals["answer"] = ""
    return back
