"""What runs inside an interpreter: it does a call, and keeps what the call prints.

An interpreter's print() would go to the terminal that started the notebook's server. Here it is
kept, and travels back with the answer.
"""

import io
import sys
from dataclasses import dataclass
from importlib import import_module

from unstuck.parcel import pack_error, perform


@dataclass(frozen=True)
class Reply:
    """An answer or exception, packed, and what was printed meanwhile."""

    packed: bytes | None
    answer: object
    said: str


def begin(path: list[str]) -> None:
    """Prepare a new interpreter: it imports from where the notebook does, and keeps its prints."""
    sys.path[:] = path
    _listen()


def _listen() -> None:
    sys.stdout = sys.stderr = io.StringIO()


def loads(module: str) -> None:
    """Import a module: ImportError where that fails here."""
    import_module(module)


def direct(func, *args) -> object:
    """Call func(*args); its answer as it is, or a Reply where it printed or failed."""
    try:
        answer = func(*args)
    except BaseException as error:
        return Reply(pack_error(_arriving(error)), None, _said())
    said = _said()
    return Reply(None, answer, said) if said else answer


def packed(call: bytes) -> Reply:
    """Do a packed call, which may hold a function that has no name here."""
    try:
        reply = perform(call)
    except BaseException as error:
        reply = pack_error(_arriving(error))
    return Reply(reply, None, _said())


def _arriving(error: BaseException) -> Exception:
    if isinstance(error, Exception):
        return error
    # sys.exit() here must not end the notebook's kernel
    return RuntimeError(f"The function ended its interpreter by {error!r}: there is no answer.")


def _said() -> str:
    said = sys.stdout.getvalue()
    if said:
        _listen()
    return said
