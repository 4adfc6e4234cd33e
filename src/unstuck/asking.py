"""One request to a server of this machine, on a connection of its own, and its JSON answer."""

import asyncio
import json

from unstuck.children import ChildFailed


class BadAnswer(ValueError):
    """The server refused the request; the text is its own."""


async def ask(url: str, path: str = "/", deadline: float = 20.0) -> dict:
    """Return the answer to GET `path`; at most `deadline` seconds.

    Raises BadAnswer with the server's words for what it refuses, ChildFailed where it goes away.
    """
    host, port = url.removeprefix("http://").split(":")
    words = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(deadline):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                writer.write(words.encode())
                body = (await reader.read()).partition(b"\r\n\r\n")[2]
            finally:
                writer.close()
        answer = json.loads(body)
    except TimeoutError as error:
        raise ChildFailed(f"The server had not answered after {deadline:g} s.") from error
    except (OSError, ValueError) as error:
        raise ChildFailed(f"The server went away before it answered ({error}).") from error
    if "error" in answer:
        raise BadAnswer(answer["error"])
    return answer
