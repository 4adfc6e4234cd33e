"""Read a profile from a file of your own: whatever it holds, a flame graph or a sentence.

read_profile("CPU.20260101.cpuprofile")    from node --cpu-prof
read_profile("mine.pyisession")            from pyinstrument, or its JSON
read_profile("stacks.txt")                 collapsed stacks, from py-spy and others
"""

import json
import os
from pathlib import Path

from unstuck.flame import Flame
from unstuck.flame_checks import NotAProfile
from unstuck.flame_collapsed import read_collapsed
from unstuck.flame_cpuprofile import read_cpuprofile
from unstuck.flame_pyinstrument import read_pyinstrument

__all__ = ["LARGEST", "NotAProfile", "parse_profile", "read_profile"]

LARGEST = 16 * 2**20  # bytes: some 400,000 samples; the worst such file takes some 500 MB
_KNOWN = "It can be a .cpuprofile, a session or JSON of pyinstrument, or collapsed stacks."


def read_profile(path: str | os.PathLike) -> Flame:
    """The flame graph of a file; NotAProfile says why it is none, OSError why it cannot be read."""
    path = Path(path)
    if path.exists() and not path.is_file():
        raise NotAProfile(f"{path.name} is no file. {_KNOWN}")
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    return parse_profile(data, path.name)


def parse_profile(data: bytes, name: str = "This file") -> Flame:
    """The flame graph of a file's bytes; NotAProfile says why it is none."""
    try:
        return _parsed(data)
    except NotAProfile as error:
        raise NotAProfile(f"{name[:100]!r} cannot be shown. {error}") from None


def _parsed(data: bytes) -> Flame:
    if len(data) > LARGEST:
        raise NotAProfile(f"It is larger than {LARGEST // 2**20} MB: profile a shorter time.")
    text = _text(data).strip()
    if not text:
        raise NotAProfile("It is empty.")
    return _of_json(_document(text)) if text[0] in "{[" else _of_lines(text)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotAProfile(f"It is no text in UTF-8. {_KNOWN}") from None


def _document(text: str) -> object:
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise NotAProfile("It is nested too deep to be a profile.") from None
    except ValueError as error:
        if isinstance(error, NotAProfile):
            raise
        raise NotAProfile(f"It begins like JSON and is none: {str(error)[:100]}.") from None


def _refuse(word: str) -> None:
    raise NotAProfile(f"A number in it is {word}.")


def _of_json(document: object) -> Flame:
    if not isinstance(document, dict):
        raise NotAProfile(f"It is JSON, but no profile. {_KNOWN}")
    if "traceEvents" in document:
        raise NotAProfile("It is a trace of Chrome's tools; save a CPU profile in its place.")
    if "nodes" in document:
        return _with_time(read_cpuprofile(document))
    if "frame_records" in document or "root_frame" in document:
        return _with_time(read_pyinstrument(document))
    raise NotAProfile(f"It is JSON, but no profile. {_KNOWN}")


def _of_lines(text: str) -> Flame:
    try:
        return _with_time(read_collapsed(text))
    except NotAProfile as error:
        raise NotAProfile(f"{error} {_KNOWN}") from None


def _with_time(flame: Flame) -> Flame:
    if not flame.total > 0:
        raise NotAProfile("No time was spent in it: nothing ran while it was made.")
    return flame
