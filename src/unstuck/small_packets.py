"""What a small packet that is held back costs a request: the trap of a missing TCP_NODELAY.

    seconds = await answer_in_two(nodelay=False)

A server sends its answer in two writes. Without TCP_NODELAY the system keeps the second back until
the first is acknowledged, and the client's system may take its time for that (delayed ACK).
"""

import asyncio
import socket
import statistics
import time
from functools import partial

_HALF = b"half of it"
_PATIENCE = 30.0  # seconds for all requests


async def answer_in_two(nodelay: bool, requests: int = 15) -> float:
    """Return the median wait in seconds of some requests on one kept connection.

    Raises TimeoutError where they take more than 30 s.
    """
    server = await asyncio.start_server(partial(_answer, nodelay), "127.0.0.1", 0)
    waits: list[float] = []
    try:
        async with server, asyncio.timeout(_PATIENCE):
            host, port = server.sockets[0].getsockname()
            await _ask(host, port, requests, waits)
    except TimeoutError:
        had = f"{len(waits)} of {requests} requests had their answer after {_PATIENCE:g} s"
        raise TimeoutError(f"{had}: this machine is too busy to tell") from None
    return statistics.median(waits)


async def _ask(host: str, port: int, requests: int, waits: list[float]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        for _ in range(requests):
            start = time.perf_counter()
            writer.write(b"ask")
            await reader.readexactly(2 * len(_HALF))
            waits.append(time.perf_counter() - start)
    finally:
        writer.close()
    await writer.wait_closed()


async def _answer(nodelay: bool, reader, writer) -> None:
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, nodelay)
    try:
        while await reader.read(100):
            writer.write(_HALF)
            await asyncio.sleep(0)  # the loop turns between the head of an answer and its body
            writer.write(_HALF)
    finally:
        writer.close()
