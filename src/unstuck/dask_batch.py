"""Calls that come together leave together: one message to the scheduler for all of them.

dask's `submit` describes and packs each call as a program of its own, which costs more than all
that this package adds; its `map` describes many at once.
"""

import asyncio

from unstuck.dask_side import perform_aloud


class Batch:
    """Hands calls of one turn of the loop to a client of dask in one go."""

    def __init__(self, client):
        self._client = client
        self._waiting: list[tuple[str, bytes, asyncio.Future]] = []

    async def submit(self, key: str, packed: bytes):
        """Return dask's future for a packed call; `key` names it in the whole cluster."""
        loop = asyncio.get_running_loop()
        place = loop.create_future()
        self._waiting.append((key, packed, place))
        if len(self._waiting) == 1:
            loop.call_soon(self._send)
        return await place

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        keys, packed, places = zip(*waiting, strict=True)
        try:
            futures = self._client.map(perform_aloud, packed, key=list(keys), pure=False)
        except Exception as error:  # the client has lost its scheduler, say
            for place in places:
                if not place.done():
                    place.set_exception(error)
            return
        for place, future in zip(places, futures, strict=True):
            if not place.done():  # else who asked has gone: nobody holds it, and dask lets it go
                place.set_result(future)
