"""Join an answer that a server sends in chunks: each says its size first, an empty one ends it."""

import re

_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?")


class BadAnswer(Exception):
    """What came back is no whole answer; the text says why."""


def joined(data: bytes) -> bytes | None:
    """Join all chunks in `data`; None where more has to come. Raises BadAnswer for nonsense."""
    parts, at = [], 0
    while (end := data.find(b"\r\n", at)) >= 0:
        size = _size(data[at:end])
        if size == 0:
            return _last(data, end, parts)
        start, at = end + 2, end + 2 + size + 2
        if len(data) < at:
            return None
        if data[at - 2 : at] != b"\r\n":
            raise BadAnswer(f"a chunk is longer than its size, {size} bytes")
        parts.append(data[start : at - 2])
    return None


def _size(line: bytes) -> int:
    if not (found := _SIZE.fullmatch(line)):
        raise BadAnswer(f"a chunk has no size: {line[:40]!r}")
    return int(found[1], 16)


def _last(data: bytes, end: int, parts: list[bytes]) -> bytes | None:
    """The body, once the empty line after the last chunk, and after its trailers, is there."""
    found = data.find(b"\r\n\r\n", end)
    if found < 0:
        return None
    if found + 4 < len(data):
        raise BadAnswer("something follows its last chunk")
    return b"".join(parts)
