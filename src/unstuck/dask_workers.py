"""The workers of a local cluster: processes that run dask's worker; a dead one gets a successor.

dask has a supervisor of its own, the nanny. This one starts the same processes as our pool does,
and keeps how each ended, so that a task that kills its workers can be told why it has no answer.
Nothing of them outlives this process, however it ends.
"""

import asyncio
import threading
from collections.abc import Callable, Collection

from unstuck.dask_side import be_worker
from unstuck.parcel import pack, unpack
from unstuck.worker_process import Worker
from unstuck.worker_side import READY, SAID

_LOOK = 0.01  # seconds between two looks at who lives
_GRACE = 1.0  # seconds in which a worker may end by itself


class Workers:
    """`count` processes with a dask worker each, for the scheduler at `address`.

    `on_failure(sentence)` is called, in a thread, where workers cannot be started at all.
    """

    def __init__(self, count: int, address: str, on_failure: Callable[[str], None]):
        self._count, self._address, self._on_failure = count, address, on_failure
        self._lock = threading.RLock()
        self._living: dict[str, Worker] = {}
        self._endings: dict[str, str] = {}
        self._started = self._stillborn = 0
        self._closing = False
        self._changed = threading.Condition(self._lock)
        with self._lock:
            for _ in range(count):
                self._start()

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that live now."""
        with self._lock:
            return [worker.pid for worker in self._living.values() if worker.ready]

    def ending(self, name: str) -> str | None:
        """How worker `name` ended; waits a moment for its end, and is None where it lives on."""
        with self._changed:
            self._changed.wait_for(lambda: name in self._endings, _GRACE)
            return self._endings.get(name)

    def kill(self, name: str) -> None:
        """End worker `name` now; another one takes its place."""
        with self._lock:
            worker = self._living.get(name)
        if worker is not None:
            worker.kill()

    async def close(self, told: Collection[str] = ()) -> None:
        """End them all; those whom the scheduler has `told` may do so by themselves, for a while.

        It needs no thread: a Python that is about to exit starts none.
        """
        with self._lock:
            self._closing = True
        self._kill_all(told)
        for _ in range(2):
            for _ in range(round(_GRACE / _LOOK)):
                if not self._living:
                    return
                await asyncio.sleep(_LOOK)
            self._kill_all()

    def _kill_all(self, but: Collection[str] = ()) -> None:
        for name in set(self._living) - set(but):
            self.kill(name)

    def _start(self) -> None:
        self._started += 1
        name = f"worker-{self._started}"

        def on_end(worker: Worker) -> None:
            self._on_end(name, worker)

        def on_message(worker: Worker, data: bytes) -> None:
            self._on_message(name, worker, data)

        self._living[name] = Worker("spawn", on_message, on_end)

    def _on_message(self, name: str, worker: Worker, data: bytes) -> None:
        if data == READY:
            worker.ready = True
            worker.send(pack(be_worker, (self._address, name)))
        elif data[:1] == SAID:  # by a thread that a task has left behind
            print(f"[worker {worker.pid}] {data[1:].decode(errors='replace')}")
        else:
            self._on_return(name, worker, data)

    def _on_return(self, name: str, worker: Worker, data: bytes) -> None:
        """dask's worker has ended, and its process has not: with the scheduler, or in an error."""
        try:
            unpack(data)
        except Exception as error:
            worker.ready = False
            self._endings[name] = f"could not start dask's worker ({error})"
        worker.dismiss()

    def _on_end(self, name: str, worker: Worker) -> None:
        with self._changed:
            self._living.pop(name, None)
            self._endings.setdefault(name, worker.ending)
            self._stillborn = 0 if worker.ready else self._stillborn + 1
            hopeless = self._stillborn > self._count and not self._closing
            if not self._closing and not hopeless:
                self._start()
            self._changed.notify_all()
        if hopeless:
            self._on_failure(self._endings[name])
