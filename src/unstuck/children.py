"""A child process that is heard as it works, and that never outlives its owner.

`Child` starts a program, hands on each line of its output as it comes, and drains both pipes at
once, so that a chatty program cannot hang. It uses threads and `subprocess`, not asyncio's own
subprocesses: those need a child watcher or a proactor loop, which a notebook kernel on Windows
or a loop in a second thread does not have.

A child of the course keeps its standard input open and ends itself when that closes
(`end_with_owner`). The pipe closes however the owner ends, also by SIGKILL, on every system.
"""

import asyncio
import contextlib
import os
import shlex
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable

from unstuck.groups import end_own_group, kill_group

OWNED = "UNSTUCK_OWNED"  # set in the environment of a child that must end with its owner
_SHOWN = 120  # characters of a command line in an error message
_KEPT = 200  # lines of a child's standard error that are kept for its error message


class ChildFailed(Exception):
    """A child could not be started, or ended without doing its work; the text says what to do."""


def end_with_owner(on_line: Callable[[str], None] = lambda line: None) -> None:
    """Called in a child: end this process, and its group, when standard input closes.

    `on_line(text)` is called, in a thread, with each line that the owner writes before that.
    """
    if os.environ.get(OWNED) == "1":
        watch = threading.Thread(target=_hear_owner, args=(on_line,), name="owner watch")
        watch.daemon = True
        watch.start()


def _hear_owner(on_line: Callable[[str], None]) -> None:
    rest = b""
    while data := os.read(0, 4096):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            on_line(line.decode(errors="replace"))
    end_own_group()


class Child:
    """One child process: `async with Child(argv, on_line=...) as child: await child.wait(5)`.

    `on_line(text)` is called in the loop that started the child. On leaving the block the child,
    and what it started, is gone. Raises ChildFailed where the program cannot be started.
    """

    def __init__(
        self,
        argv: list[str],
        env: dict[str, str] | None = None,
        on_line: Callable[[str], None] = lambda line: None,
    ):
        self.argv, self.env, self.on_line = argv, env, on_line
        self.errors: deque[str] = deque(maxlen=_KEPT)

    async def __aenter__(self) -> "Child":
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        try:
            self.process = self._popen()
        except (OSError, ValueError) as error:
            raise ChildFailed(f"{self.argv[0]!r} could not be started: {error}") from error
        readers = [
            threading.Thread(target=self._read, args=pipe, name="child reader", daemon=True)
            for pipe in ((self.process.stdout, self._line), (self.process.stderr, self._error))
        ]
        for reader in readers:
            reader.start()
        threading.Thread(
            target=self._reap, args=(readers,), name="child reaper", daemon=True
        ).start()
        return self

    async def __aexit__(self, *error) -> None:
        self.kill()
        await self.wait(5)

    def _popen(self) -> subprocess.Popen:
        env = dict(os.environ if self.env is None else self.env)
        return subprocess.Popen(
            self.argv,
            env={**env, OWNED: "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # an interrupt of the notebook is not meant for it
        )

    async def wait(self, deadline: float) -> int:
        """Return the exit code once all output is read; TimeoutError after `deadline` seconds."""
        try:
            async with asyncio.timeout(deadline):
                await self._ended.wait()
        except TimeoutError:
            program = shlex.join(map(str, self.argv))[:_SHOWN]
            raise TimeoutError(f"{program} had not ended after {deadline:g} s") from None
        return self.process.returncode

    def tell(self, line: str) -> None:
        """Write a line to its standard input; nothing happens where it has ended."""
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()

    def kill(self) -> None:
        """End the child and its process group now; nothing happens where all output has ended."""
        if self._ended.is_set():
            return
        # The child may be gone and a grandchild hold its pipes open: so the group first.
        if not kill_group(self.process.pid):
            self.process.kill()

    @property
    def error_text(self) -> str:
        """The last lines that the child wrote to its standard error."""
        return "\n".join(self.errors)

    def _read(self, pipe, handle) -> None:
        with pipe:
            for line in pipe:
                handle(line.decode(errors="replace").rstrip("\r\n"))

    def _line(self, line: str) -> None:
        self._in_loop(self.on_line, line)

    def _error(self, line: str) -> None:
        self.errors.append(line)

    def _reap(self, readers) -> None:
        for reader in readers:
            reader.join()
        self.process.wait()
        with contextlib.suppress(OSError):  # a last line was told to it after its end
            self.process.stdin.close()
        self._in_loop(self._ended.set)

    def _in_loop(self, callback, *args) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody listens any more
            self._loop.call_soon_threadsafe(callback, *args)


def python_argv(*args: str) -> list[str]:
    """Return the command that runs `python -m unstuck` with `args` in this Python."""
    return [sys.executable, "-m", "unstuck", *args]
