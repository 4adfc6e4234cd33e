"""Find a program before it is started, so that what is wrong can be said in one sentence."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from unstuck.ended import ProgramFailed

_BATCH = (".bat", ".cmd")  # files that Windows can only run by a shell


def words(argv: Sequence[str | os.PathLike]) -> tuple[str, ...]:
    """Return the program and its arguments as words; ProgramFailed where they are none."""
    if isinstance(argv, str | bytes):
        raise ProgramFailed(
            f"Give the program and its arguments as a list of words, not as one text {argv!r}: "
            "no shell takes it apart."
        )
    try:
        found = tuple(os.fspath(word) for word in argv)
    except TypeError:
        raise ProgramFailed(
            f"The program must be a list of words, and each a text, not {argv!r}."
        ) from None
    for word in found:
        if not isinstance(word, str):
            raise ProgramFailed(f"Each word of a program must be text, not {word!r}.")
        if "\0" in word:
            raise ProgramFailed(f"The word {word!r} holds a NUL character: no program takes that.")
    if not found or not found[0].strip():
        raise ProgramFailed("The program's name is empty: its first word names what is to run.")
    return found


def find_program(name: str, cwd: str | None, env: Mapping[str, str]) -> str:
    """Return the full path of program `name`; ProgramFailed says why it cannot be run."""
    if cwd is not None and not os.path.isdir(cwd):
        what = "is no folder" if os.path.exists(cwd) else "does not exist"
        raise ProgramFailed(f"{name!r} cannot run in {cwd!r}, which {what}: give a folder as cwd.")
    if os.path.dirname(name):
        path = shutil.which(os.path.abspath(os.path.join(cwd or "", name)))
        if path is None:
            raise ProgramFailed(_why_not(Path(cwd or "", name), name))
    else:
        path = shutil.which(name, path=env.get("PATH"))
        if path is None:
            raise ProgramFailed(
                f"There is no program {name!r} here: install it, or give its full path."
            )
    if os.name == "nt" and path.lower().endswith(_BATCH):
        raise ProgramFailed(
            f"{name!r} is a batch file, which only a shell can run: start the program that it "
            "starts (for npm that is node with npm-cli.js)."
        )
    return path


def _why_not(path: Path, name: str) -> str:
    if path.is_dir():
        return f"{name!r} is a folder: give the program in it."
    if not path.exists():
        return f"There is no program {name!r}: is the path right?"
    return f"{name!r} may not be run: it has no execute permission (chmod +x gives it)."
