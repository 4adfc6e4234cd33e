"""A warm pool of interpreters: each has a GIL and modules of its own, in this one process.

It wraps Python 3.14's InterpreterPoolExecutor and adds what a notebook needs: functions of a cell
run, prints arrive in the cell, and a fork, which would crash beside living interpreters, finds
none. An interpreter cannot be stopped from outside: a cancelled call works on to its end.
"""

import asyncio
import sys
import threading
from concurrent.futures import Future

from unstuck.fork_guard import guard
from unstuck.inside_interpreter import Reply, begin, direct, loads, packed
from unstuck.interrupts import heard
from unstuck.parcel import CannotTravel, pack, unpack
from unstuck.worker_count import default_workers

_PLAIN = {int, float, bool, str, bytes, type(None), memoryview}  # a memoryview is not even copied
_GRACE = 5.0  # seconds that `close` waits for calls that still run


class Interpreters:
    """At most `size` interpreters, made when they are first needed; for Python 3.14 and newer."""

    def __init__(self, size: int | None = None):
        self.size = default_workers(size).count
        self._lock = threading.Lock()
        self._executor = None
        self._running = 0
        guard(self.end_idle)

    async def run(self, func, *args):
        """Call func(*args) in an interpreter; its answer or its exception.

        Raises CannotTravel where the call or its answer cannot be sent, ImportError for a module
        that does not load in interpreters.
        """
        future = self._submit(func, args)
        with heard():
            try:
                answer = await asyncio.wrap_future(future)
            except TypeError as error:  # NotShareableError; the function's own come in a Reply
                await self.run(loads, func.__module__)  # ImportError: it was never begun
                name = getattr(func, "__qualname__", repr(func))
                raise CannotTravel(f"The answer of {name} cannot be sent back: {error}") from error
        if not isinstance(answer, Reply):
            return answer
        if answer.said:
            print(answer.said, end="")
        try:
            return answer.answer if answer.packed is None else unpack(answer.packed)
        except ImportError as error:
            raise _explained(error) from error.__cause__

    def _submit(self, func, args: tuple) -> Future:
        call = (direct, func, *args) if _is_plain(func, args) else (packed, pack(func, args))
        with self._lock:
            if self._executor is None:
                self._executor = _executor(self.size)
            future = self._executor.submit(*call)
            self._running += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, future) -> None:
        with self._lock:
            self._running -= 1

    @property
    def running(self) -> int:
        """Calls that have not ended: waiting, working, or abandoned and still working."""
        return self._running

    def end_idle(self) -> bool:
        """End the interpreters if none works, until the next call; True where none is left."""
        with self._lock:
            if self._executor is None:
                return True
            if self._running:
                return False
            executor, self._executor = self._executor, None
        executor.shutdown()
        return True

    def close(self) -> None:
        """End the interpreters; calls in the queue are dropped. Waits at most 5 s for others."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)
            waiter = threading.Thread(
                target=executor.shutdown, name="interpreters' end", daemon=True
            )
            waiter.start()
            waiter.join(_GRACE)


def _is_plain(func, args: tuple) -> bool:
    """Say whether the executor itself can send the call: by name, with nothing to pack."""
    module = sys.modules.get(getattr(func, "__module__", None) or "")
    if module is None or module.__name__ == "__main__":
        return False
    by_name = getattr(module, getattr(func, "__name__", ""), None) is func
    return by_name and all(type(each) in _PLAIN for each in args)


def _executor(size: int):
    from concurrent.futures import InterpreterPoolExecutor  # Python 3.14

    path = [each for each in sys.path if isinstance(each, str)]  # imports pass over all else
    return InterpreterPoolExecutor(size, "interpreter", begin, (path,))


def _explained(error: ImportError) -> ImportError:
    text = str(error)
    if "interpreter" not in text and "more than once per process" not in text:
        return error
    name = (error.name or text.split("module ")[-1].split(" ")[0]).split(".")[0]
    last = text.strip().splitlines()[-1]  # some packages explain at length before
    return ImportError(
        f"{name} cannot be imported in an interpreter: its C code is not made for more than one in "
        f"a process. Use processes for this, such as pool.run. ({last})",
        name=name,
    )
