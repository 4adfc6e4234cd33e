"""The shop, mended: a better algorithm, a worker, a thread, and a copy of one row alone."""

import asyncio
import os

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from unstuck.exercises.choosing_parts import ROW, quote, table, tags_of
from unstuck.hatches import pool
from unstuck.workloads import is_prime


def number(request):
    return int(request.query_params["n"])


async def light(request):
    return JSONResponse({"pid": os.getpid()})


async def tags(request):
    kept = list(dict.fromkeys(tags_of(number(request))))
    return JSONResponse({"count": len(kept), "last": kept[-1]})


async def prime(request):
    return JSONResponse({"prime": await pool.run(is_prime, number(request))})


async def price(request):
    return JSONResponse({"price": await asyncio.to_thread(quote, number(request))})


async def row(request):
    n = number(request)
    return JSONResponse({"sum": await pool.run(sum, table()[n * ROW : (n + 1) * ROW])})


routes = {"/": light, "/tags": tags, "/prime": prime, "/quote": price, "/row": row}
app = Starlette(routes=[Route(path, endpoint) for path, endpoint in routes.items()])
