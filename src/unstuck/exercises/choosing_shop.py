"""A shop with four troubles: profile it, choose for each what helps, and mend it."""

import os

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from unstuck.exercises.choosing_parts import quote, row_sum, table, tags_of
from unstuck.hatches import pool
from unstuck.workloads import is_prime


def number(request):
    return int(request.query_params["n"])


async def light(request):
    return JSONResponse({"pid": os.getpid()})


async def tags(request):
    kept = []
    for tag in tags_of(number(request)):
        if tag not in kept:
            kept.append(tag)
    return JSONResponse({"count": len(kept), "last": kept[-1]})


async def prime(request):
    return JSONResponse({"prime": is_prime(number(request))})


async def price(request):
    return JSONResponse({"price": quote(number(request))})


async def row(request):
    return JSONResponse({"sum": await pool.run(row_sum, table(), number(request))})


routes = {"/": light, "/tags": tags, "/prime": prime, "/quote": price, "/row": row}
app = Starlette(routes=[Route(path, endpoint) for path, endpoint in routes.items()])
