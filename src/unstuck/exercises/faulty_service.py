"""A small service with four faults: mend them, one by one. The check says which one it meets."""

import os
import socket

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from unstuck.workloads import is_prime

metrics = socket.create_server(("127.0.0.1", 18_765))  # for numbers that a monitor may fetch
history = []


async def light(request):
    return JSONResponse({"pid": os.getpid()})


async def prime(request):
    n = int(request.query_params["n"])
    history.append(bytearray(1_000_000))
    return JSONResponse({"pid": os.getpid(), "prime": is_prime(n)})


app = Starlette(routes=[Route("/", light), Route("/prime", prime)])
