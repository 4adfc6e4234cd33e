"""A pool of warm worker processes that names what went wrong with each task.

    async with Pool(2) as pool:
        answers = await asyncio.gather(*(pool.run(is_prime, n) for n in numbers))

A task whose worker dies fails alone, by name and cause; the others go on, and a new worker takes
the dead one's place when it is needed. A cancelled task is ended with its worker.
"""

import asyncio
import contextlib
import contextvars
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass

from unstuck.abilities import start_methods
from unstuck.chunks import map_in_chunks
from unstuck.interrupts import heard
from unstuck.parcel import pack, unpack
from unstuck.values import is_count, is_one_of
from unstuck.worker_count import default_workers
from unstuck.worker_process import Worker
from unstuck.worker_side import READY, SAID

MOST = 61  # workers: Windows cannot wait for more
_GRACE = 2.0  # seconds in which a dismissed worker may end by itself


class WorkerDied(RuntimeError):
    """A worker ended in the middle of a task, or could not start; the text says how."""


@dataclass(eq=False)
class _Task:
    name: str
    packed: bytes
    say: Callable[[str], None]
    future: Future


class Pool:
    """At most `size` worker processes, started when they are first needed.

    `size` is a whole number from 1 to 61; None takes what fits this machine. `start_method` is
    "spawn" (the same on every system), "forkserver" or "fork", where the system has them.
    ValueError says what is wrong with either.
    """

    def __init__(self, size: int | None = None, start_method: str = "spawn"):
        self.size = _checked(size)
        self.start_method = _method(start_method)
        self.started = 0  # workers so far
        self._lock = threading.RLock()
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []
        self._queue: deque[_Task] = deque()
        self._stillborn = 0  # workers in a row that died before they were ready
        self._closed = False

    async def __aenter__(self) -> "Pool":
        return self

    async def __aexit__(self, *error) -> None:
        await asyncio.shield(asyncio.to_thread(self.close))

    async def run(self, func, *args):
        """Call func(*args) in a worker; its answer or its exception.

        Raises CannotTravel where the call cannot be sent, WorkerDied where its worker dies.
        """
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def say(text: str) -> None:
            loop.call_soon_threadsafe(print, text, context=context)

        task = _Task(getattr(func, "__qualname__", repr(func)), pack(func, args), say, Future())
        task.future.add_done_callback(lambda future: future.cancelled() and self._drop(task))
        self._accept(task)
        with heard():
            return unpack(await asyncio.wrap_future(task.future))

    async def map(self, func, items: Iterable, chunk: int = 1) -> list:
        """Return func(item) for each item, in order; `chunk` items travel together.

        Items are taken only as fast as workers do them. The first exception ends the rest.
        """
        return await map_in_chunks(self.run, func, items, chunk, 2 * self.size)

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that live now."""
        with self._lock:
            return [worker.pid for worker in self._workers if worker.ready]

    @property
    def waiting(self) -> int:
        """How many tasks stand in the queue: accepted, and not yet with a worker."""
        return len(self._queue)

    def close(self) -> None:
        """End all workers; tasks that have not ended are cancelled. Blocks, for seconds at most."""
        with self._lock:
            self._closed = True
            tasks = [*self._queue, *(w.task for w in self._workers if w.task is not None)]
            self._queue.clear()  # else a worker that dies now gets a successor, which stays
            workers = list(self._workers)
            for worker in self._idle:
                worker.dismiss()
        for task in tasks:
            task.future.cancel()
        for worker in workers:
            if worker.task is not None or not worker.ready or not worker.join(_GRACE):
                worker.kill()
        for worker in workers:
            worker.join(_GRACE)

    def _accept(self, task: _Task) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError("This pool is closed: make a new one with Pool().")
            self._queue.append(task)
            self._hand_out()

    def _hand_out(self) -> None:
        """Give waiting tasks to idle workers, and start a worker for each that finds none."""
        while self._queue and self._idle:
            worker, task = self._idle.pop(), self._queue.popleft()
            worker.task = task
            if not worker.send(task.packed):  # it died while idle: the task has not begun
                worker.task = None
                self._queue.appendleft(task)
        starting = sum(not worker.ready for worker in self._workers)
        for _ in range(min(len(self._queue) - starting, self.size - len(self._workers))):
            self.started += 1
            self._workers.append(Worker(self.start_method, self._on_message, self._on_end))

    def _on_message(self, worker: Worker, data: bytes) -> None:
        task = worker.task
        if data[:1] == SAID:
            _tell(task, f"[worker {worker.pid}] {data[1:].decode(errors='replace')}")
            return
        with self._lock:
            self._stillborn, worker.ready, worker.task = 0, True, None
            if self._closed:
                worker.dismiss()
            elif not worker.unwanted.is_set():  # what it still sends is from its last moments
                self._idle.append(worker)
            self._hand_out()
        if data != READY:
            _finish(task.future.set_result, data)

    def _on_end(self, worker: Worker) -> None:
        with self._lock:
            self._workers.remove(worker)
            if worker in self._idle:
                self._idle.remove(worker)
            failed = [] if worker.task is None else [worker.task]
            self._stillborn += not (worker.ready or self._closed)
            if self._stillborn > self.size:
                failed += self._queue
                self._queue.clear()
                self._stillborn = 0
            self._hand_out()
        for task in failed:
            _finish(task.future.set_exception, WorkerDied(_why(task, worker)))

    def _drop(self, task: _Task) -> None:
        """A cancelled task leaves the queue, or is ended with its worker."""
        with self._lock:
            if task in self._queue:
                self._queue.remove(task)
            for worker in self._workers:
                if worker.task is task:
                    worker.kill()


def _finish(setter: Callable, value) -> None:
    with contextlib.suppress(InvalidStateError):  # it was cancelled meanwhile
        setter(value)


def _tell(task: _Task | None, text: str) -> None:
    with contextlib.suppress(RuntimeError):  # the loop that asked has closed: nobody listens
        (task.say if task is not None else print)(text)


def _why(task: _Task, worker: Worker) -> str:
    if worker.ready:
        return (
            f"{task.name} has no answer: its worker, process {worker.pid}, {worker.ending}. "
            "Other tasks are not touched, and the next one gets a new worker."
        )
    return (
        f"{task.name} was not begun: the worker {worker.ending} before it was ready. In a script, "
        "what starts workers belongs under `if __name__ == '__main__':`."
    )


def _checked(size: object) -> int:
    if size is None:
        return default_workers().count
    if not is_count(size, MOST):
        raise ValueError(f"size must be a whole number of workers from 1 to {MOST}, not {size!r}")
    return size


def _method(name: str) -> str:
    found = start_methods()
    if not is_one_of(name, found):
        raise ValueError(f"start_method is one of {', '.join(found)} here, not {name!r}")
    return name
