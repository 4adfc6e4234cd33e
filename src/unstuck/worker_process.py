"""One worker: a process that does packed calls one after the other, and says when it dies.

`Worker` is the owner's side. A thread starts the process (which takes some milliseconds that a
loop should not lose), hears its messages and waits for its end. `worker_side` is what runs there.
"""

import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait

from unstuck.endings import ending
from unstuck.groups import kill_group
from unstuck.told import told
from unstuck.worker_side import serve

_LOOK = 0.5  # seconds between two looks whether owner or worker still live
_SMALL = 4096  # bytes that an empty pipe takes at once on every system


class Worker:
    """A worker process; `on_message(worker, data)` and `on_end(worker)` are called in its thread.

    `task`, what it works on, and `ready` are for its pool to set. `pid` is None until it is known,
    and `unwanted` is set once it was killed.
    """

    def __init__(self, start_method: str, on_message: Callable, on_end: Callable):
        self.task = None
        self.ready = False
        self.pid: int | None = None
        self._on_message, self._on_end = on_message, on_end
        self._context = multiprocessing.get_context(start_method)
        self._process = self._pipe = self._problem = None
        self.unwanted = threading.Event()
        self._asking, self._writing = threading.Lock(), threading.Lock()
        self._thread = threading.Thread(target=self._live, name="worker reader", daemon=True)
        self._thread.start()

    def _live(self) -> None:
        try:
            self._start()
            self._hear()
        except (EOFError, OSError):
            pass  # it has ended, and its end of the pipe with it
        except Exception as error:  # it could not be started: a script without its guard, say
            self._problem = told(error)
        finally:
            self._reap()
            self._on_end(self)

    def _start(self) -> None:
        self._pipe, theirs = self._context.Pipe()
        with theirs, _interrupts_held():
            process = self._context.Process(target=serve, args=(theirs,), daemon=True)
            process.start()
        self._process, self.pid = process, process.pid
        threading.Thread(target=self._watch, name="worker watch", daemon=True).start()

    def _hear(self) -> None:
        while True:
            self._on_message(self, self._pipe.recv_bytes())

    def _watch(self) -> None:
        """End what a dead worker has left: it holds the pipe open, and nobody would hear."""
        while self._alive():
            if self.unwanted.is_set() or wait([self._process.sentinel], _LOOK):
                break
        self._kill_group()

    def send(self, packed: bytes) -> bool:
        """Hand over a packed call; False where the worker is dead. A large one goes in a thread."""
        if not self._alive():
            return False
        if len(packed) > _SMALL:
            threading.Thread(target=self._send, args=(packed,), daemon=True).start()
            return True
        return self._send(packed)

    def _alive(self) -> bool:
        # In turn: where two threads ask at once, one learns of the end and the other of nothing.
        with self._asking:
            return self._process.is_alive()

    def _send(self, packed: bytes) -> bool:
        with self._writing:
            try:
                self._pipe.send_bytes(packed)
            except OSError:  # it died meanwhile: its reader will say so
                return False
        return True

    def dismiss(self) -> None:
        """Ask an idle worker to end; nothing happens where it has ended."""
        if self._pipe is not None:
            self._send(b"")

    def kill(self) -> None:
        """End the worker now, whatever it does, with all that it started."""
        self.unwanted.set()
        if self._process is not None:
            self._kill_group()

    def join(self, seconds: float) -> bool:
        """Wait until it has ended and its thread too; False where that takes longer."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def ending(self) -> str:
        """How it ended, in words that go on from "the worker ..."."""
        code = self._process.exitcode if self._process is not None else None
        if self._problem or code is None:
            return f"could not be started ({self._problem or 'no process was made'})"
        return ending(code) + (", as sys.exit and os._exit do" if code >= 0 else "")

    def _kill_group(self) -> None:
        kill_group(self.pid)
        self._process.kill()

    def _reap(self) -> None:
        if self._process is not None:
            if self.unwanted.is_set():
                self._kill_group()
            wait([self._process.sentinel], 5)
            if self._alive():
                self._kill_group()
            with self._asking:
                self._process.join(5)
        # Not while a call is written to it: its number would soon be that of another file. A writer
        # that is still stuck then ends with this process.
        if self._pipe is not None and self._writing.acquire(timeout=5):
            self._pipe.close()
            self._writing.release()


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let a process start with interrupts held back: Ctrl-C is sent to the whole group."""
    mask = getattr(signal, "pthread_sigmask", None)  # Windows has none
    if mask is None:
        yield
        return
    before = mask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, before)
