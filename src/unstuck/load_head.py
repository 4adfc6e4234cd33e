"""Read the head of a web server's answer, strictly: it says how long its body is, or it is bad."""

import re
from dataclasses import dataclass

from unstuck.load_chunks import BadAnswer

_STATUS = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: .*)?")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")


@dataclass(frozen=True)
class Head:
    """What the head of an answer says. `length` is that of the body in bytes, None for chunks."""

    status: str  # "200 OK"
    length: int | None
    keep_alive: bool

    good = property(lambda self: self.status.startswith("2"))
    interim = property(lambda self: self.status.startswith("1"))


def read_head(head: bytes) -> Head:
    """Read a head, without the empty line that ends it."""
    first, *lines = head.decode("latin-1").split("\r\n")
    if not (found := _STATUS.fullmatch(first)):
        raise BadAnswer(f"it begins with {first[:60]!r}, not with a status")
    fields: dict[str, list[str]] = {}
    for line in lines:
        if not (field := _FIELD.fullmatch(line)):
            raise BadAnswer(f"{line[:60]!r} is no field of a head")
        fields.setdefault(field[1].lower(), []).append(field[2])
    keeps = _tokens(fields, "connection")
    keep_alive = "close" not in keeps and (found[1] == "1" or "keep-alive" in keeps)
    return Head(first.partition(" ")[2], _length(found[2], fields), keep_alive)


def _tokens(fields: dict[str, list[str]], name: str) -> set[str]:
    return {word.strip().lower() for word in ",".join(fields.get(name, [])).split(",")} - {""}


def _length(status: str, fields: dict[str, list[str]]) -> int | None:
    if status[0] == "1" or status in ("204", "304"):
        return 0  # such an answer has no body, whatever its fields say
    lengths, coding = _tokens(fields, "content-length"), _tokens(fields, "transfer-encoding")
    if coding and (lengths or coding != {"chunked"}):
        raise BadAnswer(f"it is sent in a way that leaves its end open: {sorted(coding | lengths)}")
    if coding:
        return None
    if not lengths:
        raise BadAnswer("it has neither a content-length nor chunks, so its end cannot be known")
    length = lengths.pop()
    if lengths or not re.fullmatch(r"[0-9]{1,15}", length):
        raise BadAnswer(f"its content-length is no number: {length!r}")
    return int(length)
