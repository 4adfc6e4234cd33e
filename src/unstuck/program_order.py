"""What is to be run: an order, and how it is laid down for the keeper that carries it out."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unstuck.marked import MARK
from unstuck.program_path import find_program

WORK = "work"  # the working folder, where an order brings files


@dataclass(frozen=True)
class Order:
    """What is to be run. Times in seconds, `keep` in bytes of each pipe.

    `files`, where given, are put into a new working folder that is removed afterwards.
    `look(run)` is called every `every` seconds, and once at the end: it may stop the run.
    `step` is a program that gets `argv` as its last words, and becomes it.
    """

    argv: tuple[str, ...]
    input: bytes | None = None
    cwd: str | None = None
    env: dict[str, str] | None = None
    deadline: float = 60.0
    keep: int = 1_000_000
    grace: float = 1.0
    files: dict[str, bytes] | None = None
    look: Callable[[object], None] = lambda run: None
    every: float = 0.5
    step: tuple[str, ...] = ()

    def placed(self, folder: Path, mark: str) -> dict:
        """Put what the run needs into `folder`; the order as the keeper reads it, plain values.

        Raises ProgramFailed where there is no such program.
        """
        cwd = self.cwd
        env = {**(os.environ if self.env is None else self.env), MARK: mark}
        env.pop("UNSTUCK_OWNED", None)  # its standard input is no lifeline
        if self.files is not None:
            cwd = str(folder / WORK)
            _fill(folder / WORK, self.files)
            env |= dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), cwd)
        argv = [*self.step, find_program(self.argv[0], cwd, env), *self.argv[1:]]
        stdin = None
        if self.input is not None:
            stdin = str(folder / "input")
            Path(stdin).write_bytes(self.input)
        paths = {"input": stdin, "report": str(folder / "report"), "folder": str(folder)}
        return {"argv": argv, "cwd": cwd, "env": env, "grace": self.grace, **paths}


def _fill(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
