"""What travels to a worker and back: a call packed as bytes, its answer or exception as bytes.

A function of a module travels by its name. One defined in a cell, a lambda or a nested function
has no name that another process could import: cloudpickle sends its code, and the values of the
globals it uses, as they are now.
"""

import inspect
import pickle
import traceback
from collections.abc import Callable

import cloudpickle

from unstuck.told import told


class CannotTravel(TypeError):
    """A function, an argument or an answer cannot be sent to or from a worker; it names which."""


class WorkerTraceback(Exception):
    """The traceback that a worker saw: the cause of the exception that arrives here."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def pack(func, args: tuple, apart: Callable | None = None) -> bytes:
    """Return the call func(*args) as bytes; CannotTravel names the part that cannot be sent.

    `apart` is given each buffer that is to travel by itself (pickle's protocol 5, PEP 574).
    """
    try:
        return cloudpickle.dumps((func, args), protocol=5, buffer_callback=apart)
    except Exception as error:  # pickling runs the code of any class: it may raise anything
        raise CannotTravel(_why_not(func, args, error)) from error


def perform(packed: bytes) -> bytes:
    """In the worker: do a packed call; its answer or its exception, packed."""
    try:
        func, args = pickle.loads(packed)
    except Exception as error:
        missing = ModuleNotFoundError if isinstance(error, ImportError) else CannotTravel
        return pack_error(missing(f"The worker could not unpack the call: {error}"))
    try:
        answer = func(*args)
    except Exception as error:
        return pack_error(error)
    try:
        return cloudpickle.dumps((True, answer, ""))
    except Exception as error:
        kind = type(answer).__name__
        return pack_error(CannotTravel(f"The answer, a {kind}, cannot be sent back: {error}"))


def pack_error(error: Exception) -> bytes:
    """Return an exception as bytes, with its traceback as text."""
    text = "".join(traceback.format_exception(error))
    try:
        packed = cloudpickle.dumps((False, error, text))
        pickle.loads(packed)  # an exception may be packed and yet not be unpacked
    except Exception:
        stand_in = RuntimeError(told(error))
        packed = cloudpickle.dumps((False, stand_in, text))
    return packed


def unpack(reply: bytes) -> object:
    """Return the answer in a reply of `perform`, or raise its exception, as itself."""
    fine, value, text = pickle.loads(reply)
    if fine:
        return value
    value.__cause__ = WorkerTraceback(text)
    raise value


def _why_not(func, args: tuple, error: Exception) -> str:
    name = getattr(func, "__qualname__", repr(func))
    for place, value in enumerate(args, 1):
        if not _packs(value):
            return f"Argument {place} of {name}, {_kind(value)}, cannot be sent: {error}. {_MEND}"
    for used, value in _captured(func).items():
        if not _packs(value):
            return f"{name} uses {used!r}, {_kind(value)}, which cannot be sent: {error}. {_MEND}"
    return f"{name} cannot be sent: {error}. {_MEND}"


_MEND = "Hand over plain data (numbers, text, bytes, lists) and open what else is needed inside."


def _captured(func) -> dict:
    """The variables that a function takes from outside, by name."""
    func = getattr(func, "func", func)  # the function in a partial, or in a chunk
    try:
        found = inspect.getclosurevars(func)
    except (TypeError, ValueError):  # a built-in, or an object that can be called
        return getattr(func, "__dict__", {})
    return {**found.globals, **found.nonlocals}


def _packs(value) -> bool:
    try:
        cloudpickle.dumps(value)
    except Exception:
        return False
    return True


def _kind(value) -> str:
    module, name = type(value).__module__, type(value).__qualname__
    return f"a {name}" if module == "builtins" else f"a {module}.{name}"
