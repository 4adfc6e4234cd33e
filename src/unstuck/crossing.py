"""What crosses from one interpreter to another, and what can be imported there: tried, not told.

`crossing()` hands a value of each kind to a throw-away interpreter and looks at what arrives;
`importing()` lets one import each module. Both need Python 3.14; older Pythons get the tables that
`tools/record.py` made.
"""

import functools
import importlib.util
import threading
from dataclasses import dataclass

MODULES = (
    *("asyncio", "json", "sqlite3", "ssl", "hashlib", "cloudpickle", "starlette", "uvicorn"),
    *("numpy", "psutil", "zmq", "matplotlib.pyplot"),
)


@dataclass(frozen=True, repr=False)
class Table:
    """Rows of text under a head; `note` says where a recorded one comes from."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __repr__(self) -> str:
        lines = [self.head, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
        return "\n".join([*text, *([self.note] if self.note else [])])


class Plain:
    """An object of a class that both sides can import."""


def samples() -> dict[str, object]:
    """Return a value of each kind, by a name that a learner knows."""
    return {
        "int": 7,
        "str": "text",
        "bytes": b"data",
        "tuple of these": (1, "a", None),
        "memoryview": memoryview(bytearray(b"data")),
        "bytearray": bytearray(b"data"),
        "list": [1, 2],
        "dict": {"a": 1},
        "a function of a module": functools.reduce,
        "an object of a class": Plain(),
        "a lock": threading.Lock(),
        "a generator": (n for n in (1, 2)),
    }


def crossing() -> Table:
    """Hand each of `samples()` to another interpreter; how it arrived, or why it did not."""
    from concurrent import interpreters

    inside = interpreters.create()
    try:
        rows = [(name, *_sent(inside, value)) for name, value in samples().items()]
    finally:
        inside.close()
    return Table(("value", "arrives", "how"), tuple(rows))


def _sent(inside, value: object) -> tuple[str, str]:
    from concurrent.interpreters import is_shareable

    try:
        inside.call(touch, value)
    except Exception as error:
        return "not at all", f"{type(error).__name__}: neither shared nor pickled"
    if isinstance(value, memoryview):
        same = bytes(value[:1]) == b"!"  # what the other side wrote
        return ("itself", "the same memory, no copy") if same else ("as a copy", "copied")
    return "as a copy", "copied at once" if is_shareable(value) else "by way of pickle"


def touch(value: object) -> None:
    """In the other interpreter: write into a memory that is handed over, and take the rest."""
    if isinstance(value, memoryview):
        value[0] = ord("!")


def importing(names: tuple[str, ...] = MODULES) -> Table:
    """Import each module in an interpreter of its own; yes, or the reason why not."""
    from concurrent import interpreters

    rows = []
    for name in names:
        if importlib.util.find_spec(name.partition(".")[0]) is None:
            continue  # not installed here: nothing to learn
        inside = interpreters.create()
        try:
            rows.append((name, inside.call(tried, name)))
        finally:
            inside.close()
    return Table(("module", "in an interpreter"), tuple(rows))


def tried(name: str) -> str:
    """In the other interpreter: import a module; "yes", or the last line of the error."""
    try:
        importlib.import_module(name)
    except ImportError as error:
        return str(error).strip().splitlines()[-1].removeprefix("Original error was: ")
    return "yes"
