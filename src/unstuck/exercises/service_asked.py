"""One GET to a learner's service: status and body, whatever they are, within a deadline.

The service may answer anything, or nothing: the body is read up to a bound, and is not taken for
JSON before somebody asks.
"""

import asyncio
import http.client
import io
import json
from dataclasses import dataclass

_MOST = 100_000  # bytes of an answer: a short one is asked for
_PIECE = 16_384  # bytes read at once


class Fault(Exception):
    """What is still wrong with the service, in a sentence."""


class Noise(Exception):
    """This machine cannot tell, for a reason."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the body as text."""

    status: int
    text: str

    def value(self, name: str) -> object:
        """The value of a name in a JSON object; None where the body is no such thing."""
        try:
            found = json.loads(self.text)
        except (ValueError, RecursionError):
            return None
        return found.get(name) if isinstance(found, dict) else None

    def __str__(self) -> str:
        short = self.text if len(self.text) <= 80 else self.text[:80] + "..."
        return f"{self.status} {short!r}"


async def asked(url: str, path: str, seconds: float = 5.0) -> Answer:
    """Return the answer to GET `path`; Fault where none comes within `seconds`, or no HTTP."""
    try:
        async with asyncio.timeout(seconds):
            data = await _bytes_of(url.removeprefix("http://"), path)
    except TimeoutError:
        raise Fault(f"GET {path} had no answer within {seconds:g} s.") from None
    except OSError as error:
        raise Fault(f"GET {path}: the connection broke ({error}).") from None
    if len(data) >= _MOST:
        raise Fault(f"GET {path}: the answer is longer than {_MOST} bytes, or never ends.")
    if not data:
        raise Fault(f"GET {path}: the worker closed the connection without an answer.")
    return _parsed(path, data)


async def _bytes_of(place: str, path: str) -> bytes:
    """Ask on a connection of its own, and return all that comes, up to a bound."""
    host, port = place.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n".encode())
        data = b""
        while len(data) < _MOST and (piece := await reader.read(_PIECE)):
            data += piece
        return data
    finally:
        writer.close()


class _Received:
    """Bytes that are here already, as http.client wants a connection."""

    def __init__(self, data: bytes):
        self.data = data

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self.data)


def _parsed(path: str, data: bytes) -> Answer:
    try:
        response = http.client.HTTPResponse(_Received(data))
        response.begin()
        return Answer(response.status, response.read().decode(errors="replace"))
    except (http.client.HTTPException, ValueError) as error:
        raise Fault(f"GET {path}: the answer is not whole ({type(error).__name__}).") from None
