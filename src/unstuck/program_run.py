"""One run of a program: started through its keeper, drained, and ended with all that it started.

A thread starts the keeper and waits, two more drain the pipes, and the loop hears of the end. It
does not use asyncio's subprocesses, which some kernels' loops lack (Windows, a second thread).
The keeper's standard input is its lifeline: it closes however this process ends.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from unstuck.drained import Kept, Lines, drain
from unstuck.ended import Ended, ProgramFailed, name_of, signal_name
from unstuck.interrupts import heard
from unstuck.marked import end_marked
from unstuck.program_order import WORK, Order

KEEPER = str(Path(__file__).with_name("keeper.py"))
_SLACK = 8.0  # seconds that the keeper gets to end a tree, before its work is done for it


class Run:
    """`await Run(order, on_line, on_error_line).ended()`; `stop(reason)` from any thread."""

    def __init__(self, order: Order, *on_lines: Callable[[str], None] | None):
        self.order = order
        self.stopped: str | None = None
        self.folder = ""
        self.kept = (Kept(order.keep), Kept(order.keep))
        self._on_lines = on_lines
        self._stopping = threading.Event()
        self._speaking = threading.Lock()
        self._keeper: subprocess.Popen | None = None
        self._error: Exception | None = None

    @property
    def keeper_pid(self) -> int:
        """The process id of the keeper: the program and what it started live below it."""
        return self._keeper.pid

    async def ended(self) -> Ended:
        """Run the program to its end; on a cancel, end it first."""
        self._loop = asyncio.get_running_loop()
        self._done = self._loop.create_future()
        hands = [self._lines(each) for each in self._on_lines]
        threading.Thread(target=self._live, args=hands, name="child reaper", daemon=True).start()
        try:
            with heard():
                return await asyncio.shield(self._done)
        finally:
            if not self._done.done():
                self.stop("nobody waits for it any more")
                with contextlib.suppress(ProgramFailed):
                    await asyncio.wait_for(self._done, self.order.grace + _SLACK)

    def _lines(self, on_line: Callable[[str], None] | None) -> Lines | None:
        return on_line and Lines(on_line, self._failed, self._stopping)

    def _failed(self, error: Exception) -> None:
        self._error = self._error or error
        self.stop(f"your function for its lines raised {type(error).__name__}")

    def stop(self, reason: str, word: bytes = b"end\n") -> None:
        """End the program, and all that it started; `word` b"kill" and a newline gives no grace."""
        with self._speaking:
            self.stopped = self.stopped or reason
            self._stopping.set()
            if self._keeper is not None:
                self._say(word)

    def _say(self, text: bytes) -> None:
        with contextlib.suppress(OSError, ValueError):  # the keeper has ended
            self._keeper.stdin.write(text)

    def _live(self, *hands: Lines | None) -> None:
        ended = error = None
        try:
            ended = self._lived(hands)
        except Exception as problem:
            error = problem
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._settle, ended, self._error or error)

    def _settle(self, ended: Ended | None, error: Exception | None) -> None:
        if self._done.cancelled():
            return
        if error is not None:
            self._done.set_exception(error)
        else:
            self._done.set_result(ended)

    def _lived(self, hands: tuple[Lines | None, ...]) -> Ended:
        mark, start = uuid.uuid4().hex, time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="unstuck-", ignore_cleanup_errors=True) as folder:
            self._start(folder, mark)
            with self._keeper.stdin:
                self._drain(hands, mark)
                self._keeper.wait(_SLACK)
            self.order.look(self)
            report = self._report(Path(folder, "report"), mark)
        code, (out, err) = report["code"], self.kept
        name = signal_name(code)
        return Ended(
            argv=self.order.argv,
            code=code if name is None else None,
            signal=name,
            stopped=self.stopped,
            out=out.shown,
            err=err.shown,
            out_bytes=out.count,
            err_bytes=err.count,
            seconds=time.perf_counter() - start,
            pid=report["pid"],
            left=report["left"],
        )

    def _start(self, folder: str, mark: str) -> None:
        line = json.dumps(self.order.placed(Path(folder), mark)).encode() + b"\n"
        self.folder = str(Path(folder, WORK))
        keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", KEEPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # an interrupt of the notebook is not meant for it
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        with self._speaking:
            self._keeper = keeper
            self._say(line + (b"end\n" if self._stopping.is_set() else b""))

    def _drain(self, hands: tuple[Lines | None, ...], mark: str) -> None:
        pipes = (self._keeper.stdout, self._keeper.stderr)
        readers = [
            threading.Thread(target=_read, args=each, name="child reader", daemon=True)
            for each in zip(pipes, self.kept, hands, strict=True)
        ]
        for reader in readers:
            reader.start()
        if not self._joined(readers, self.order.deadline):
            self.stop(f"it ran longer than {self.order.deadline:g} s")
        if not self._joined(readers, self.order.grace + _SLACK):
            self._keeper.kill()
            end_marked(mark)
            self._joined(readers, _SLACK)

    def _joined(self, readers: list[threading.Thread], seconds: float) -> bool:
        """Wait for the end of both pipes, at most `seconds`, as long as the keeper lives."""
        end = time.monotonic() + seconds
        for reader in readers:
            while reader.is_alive() and time.monotonic() < end and self._keeper.poll() is None:
                reader.join(max(0.0, min(self.order.every, end - time.monotonic())))
                self.order.look(self)
        for reader in readers:  # a keeper that has ended leaves at most a rest to be read
            reader.join(max(0.0, min(1.0, end - time.monotonic())))
        return not any(reader.is_alive() for reader in readers)

    def _report(self, path: Path, mark: str) -> dict:
        if sys.platform != "linux":  # there a daemon may have escaped from the keeper
            end_marked(mark)
        name = name_of(self.order.argv)
        if not path.exists():
            end_marked(mark)
            raise ProgramFailed(f"{name} was lost: its keeper was ended from outside, and it too.")
        report = json.loads(path.read_text(encoding="utf-8"))
        if "problem" in report:
            raise ProgramFailed(f"{name} could not be started: {report['problem']}.")
        return report


def _read(pipe, kept: Kept, hand: Lines | None) -> None:
    drain(pipe, kept.add, *([hand.add] if hand else []))
    if hand:
        hand.end()
