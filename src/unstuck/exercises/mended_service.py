"""The service, mended: a port for each worker, a history that ends, and a loop that stays free."""

import os
import socket
from collections import deque

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from unstuck.hatches import pool
from unstuck.workloads import is_prime

metrics = socket.create_server(("127.0.0.1", 0))  # each worker has its own
history = deque(maxlen=10)


async def light(request):
    return JSONResponse({"pid": os.getpid()})


async def prime(request):
    try:
        n = int(request.query_params["n"])
    except (KeyError, ValueError) as error:
        return JSONResponse({"error": f"n must be a whole number: {error}"}, status_code=400)
    history.append(n)
    return JSONResponse({"pid": os.getpid(), "prime": await pool.run(is_prime, n)})


app = Starlette(routes=[Route("/", light), Route("/prime", prime)])
