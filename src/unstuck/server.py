"""The web server that gets blocked: one process, one event loop, Starlette on uvicorn.

`make_app(run)` takes the hatch's verb as its argument: the same server with another `run` is
another way out. `GET /` is the light request, `GET /prime?n=...` and `GET /block?seconds=...`
are the heavy ones. A wrong value is answered with status 400 and a sentence.
"""

import asyncio
import contextlib
import json
import os
import re
import socket
import time

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from unstuck.lag import LagMeter, TimedLoop
from unstuck.listeners import address, listen
from unstuck.workloads import ARTICLE_NUMBER, calibrate, is_prime, sized

_LARGEST = 2**53 - 1  # Node's largest safe integer, and some 10 s of work in Python


def make_app(run, lifespan=None) -> Starlette:
    """Return the app; heavy requests do their work by `await run(func, *args)`."""

    async def light(request):
        return JSONResponse({"pid": os.getpid()})

    async def prime(request):
        n = _number(request.query_params.get("n", str(ARTICLE_NUMBER)))
        return JSONResponse({"pid": os.getpid(), "n": n, "prime": await run(is_prime, n)})

    async def block(request):
        seconds = float(request.query_params.get("seconds", 1))
        func, argument = sized(request.query_params.get("work", "prime"), seconds)
        start = time.perf_counter()
        answer = await run(func, argument)
        took = time.perf_counter() - start
        return JSONResponse({"pid": os.getpid(), "answer": answer, "seconds": took})

    routes = [Route("/", light), Route("/prime", _checked(prime)), Route("/block", _checked(block))]
    return Starlette(routes=routes, lifespan=lifespan)


def _number(text: str) -> int:
    """Return the number of a request: bounded, so that no request blocks a worker for ever."""
    if not re.fullmatch(r"-?[0-9]{1,16}", text) or abs(int(text)) > _LARGEST:
        raise ValueError(f"n must be a whole number up to {_LARGEST}, not {text[:30]!r}")
    return int(text)


def _checked(endpoint):
    async def answer(request):
        try:
            return await endpoint(request)
        except (TypeError, ValueError, OverflowError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return answer


def serve(run, port: int = 0, beats: bool = False) -> None:
    """Serve on 127.0.0.1 until the process is told to stop; `port` 0 takes a free one.

    Prints a JSON line when ready, with `url`, `primary` and `workers`; with `beats`, one for each
    beat of the loop: `at` (seconds since 1970) and `late` (seconds). Raises OSError for a port
    that is taken.
    """
    listener = listen(port)
    with asyncio.Runner(loop_factory=TimedLoop) as runner:
        calibrate()
        runner.run(_serve(run, listener, beats))


async def _serve(run, listener: socket.socket, beats: bool) -> None:
    url = address(listener)

    @contextlib.asynccontextmanager
    async def lifespan(app):
        _print({"kind": "ready", "url": url, "primary": os.getpid(), "workers": [os.getpid()]})
        async with LagMeter(on_beat=_print_beat if beats else None):
            yield

    config = uvicorn.Config(make_app(run, lifespan), log_level="warning", access_log=False)
    await uvicorn.Server(config).serve(sockets=[listener])


def _print_beat(late: float) -> None:
    _print({"kind": "beat", "at": time.time(), "late": late})


def _print(line: dict) -> None:
    print(json.dumps(line), flush=True)
