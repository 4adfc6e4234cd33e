"""Names from a profile, made fit to be shown: a file may come from anybody.

A name may be missing, a megabyte long, or hold characters that turn a line around. Markup in a
name stays text: whoever draws it never reads it as HTML or as a formula.
"""

import re
import unicodedata

from unstuck.flame_calls import Place

_LONGEST = 120  # characters of a name
_LAST_LINE = 10_000_000
_WAITERS = {
    "<built-in>": {"sleep", "select", "poll", "epoll.poll", "kqueue.control", "lock.acquire"},
    "": {"(idle)", "[await]"},
}
_LIBRARY = re.compile(r"(?:^|/)(site-packages|dist-packages|node_modules|python3\.\d+t?|Lib)(?=/)")


def place_of(name: object, file: object = "", line: object = 0) -> Place:
    """A Place from whatever a file says; a wrong type or a wild character becomes harmless."""
    name = clean(name).replace(".<locals>", "") or "(anonymous)"
    whole = isinstance(line, int) and not isinstance(line, bool) and 0 <= line <= _LAST_LINE
    return Place(name, _short(clean(file, longest=1000)), line if whole else 0)


def clean(text: object, longest: int = _LONGEST) -> str:
    """The text without control characters, cut where it is too long; empty for no text."""
    if not isinstance(text, str):
        return ""
    cut = text if len(text) <= longest else f"{text[: longest - 3]}..."
    return "".join(char if _harmless(char) else "\N{REPLACEMENT CHARACTER}" for char in cut)


def _harmless(char: str) -> bool:
    """Control, format and surrogate characters may hide, turn around or break a line."""
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _short(path: str) -> str:
    """The last two parts of a path: enough to know a file, and nobody's home in it.

    In front of a library's file stays the folder that makes it one, such as "site-packages".
    """
    if path.startswith(("node:", "<")):
        return path
    plain = path.replace("\\", "/").removeprefix("file://").partition("?")[0]
    last = plain.split("/")[-2:]
    home = _LIBRARY.findall(plain)
    return "/".join(last if not home or home[-1] in last else [home[-1], *last])


def is_library(place: Place) -> bool:
    """Say whether a function belongs to a library or to the runtime, not to who is profiling."""
    if not place.file:
        return place.name.startswith(("(", "["))
    if place.file.startswith("site-packages/unstuck/"):  # this course, installed
        return False
    return place.file.startswith(("node:", "<")) or bool(_LIBRARY.match(place.file))


def is_waiting(name: str, file: str) -> bool:
    """Say whether a function is known to wait and not to compute."""
    return name in _WAITERS.get(file, ())
