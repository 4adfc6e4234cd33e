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


async def answer_in_two(nodelay: bool, requests: int = 15) -> float:
    """Return the median wait in seconds of some requests on one kept connection."""
    server = await asyncio.start_server(partial(_answer, nodelay), "127.0.0.1", 0)
    async with server, asyncio.timeout(30):
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        waits = []
        for _ in range(requests):
            start = time.perf_counter()
            writer.write(b"ask")
            await reader.readexactly(2 * len(_HALF))
            waits.append(time.perf_counter() - start)
        writer.close()
        await writer.wait_closed()
    return statistics.median(waits)


async def _answer(nodelay: bool, reader, writer) -> None:
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, nodelay)
    while await reader.read(100):
        writer.write(_HALF)
        await asyncio.sleep(0)  # the loop turns between the head of an answer and its body
        writer.write(_HALF)
    writer.close()
