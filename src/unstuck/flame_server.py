"""A server that can profile itself, as a service in production may: a process of its own.

GET /                    a light request
GET /ticket?number=      computes; with &mended=1 by the better algorithm
GET /customers?seconds=  waits for an old driver; with &mended=1 without holding the loop
GET /profile/start, GET /profile/stop    a sampler looks at the loop's thread in between
"""

import asyncio
import contextlib
import json
import os
import threading

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from unstuck.children import end_with_owner
from unstuck.flame_cases import customers, customers_at_once, quick_ticket, ticket
from unstuck.flame_sampler import Sampler
from unstuck.listeners import address, listen
from unstuck.workloads import check_seconds

_LARGEST = 2**53 - 1  # some 10 s of work


def make_app(lifespan=None) -> Starlette:
    """Return the app; it is profiled by one client at a time."""
    sampler: list[Sampler] = []

    async def light(request):
        return JSONResponse({"pid": os.getpid()})

    async def answer_ticket(request):
        number = int(request.query_params["number"])
        if not 0 <= number <= _LARGEST:
            raise ValueError(f"number must be from 0 to {_LARGEST}")
        make = quick_ticket if "mended" in request.query_params else ticket
        return JSONResponse({"answer": make(number)})

    async def answer_customers(request):
        seconds = check_seconds(float(request.query_params["seconds"]))
        if "mended" in request.query_params:
            return JSONResponse({"answer": await customers_at_once(seconds)})
        return JSONResponse({"answer": customers(seconds)})

    async def start(request):
        if sampler:
            raise ValueError("a profile is being made already")
        sampler.append(Sampler(threading.main_thread().ident).__enter__())
        return JSONResponse({"profiling": True})

    async def stop(request):
        if not sampler:
            raise ValueError("no profile was started")
        done = sampler.pop()
        done.__exit__()
        return JSONResponse(done.parcel())

    paths = {"/ticket": answer_ticket, "/customers": answer_customers}
    paths |= {"/profile/start": start, "/profile/stop": stop}
    routes = [Route(path, _checked(endpoint)) for path, endpoint in paths.items()]
    return Starlette(routes=[Route("/", light), *routes], lifespan=lifespan)


def _checked(endpoint):
    async def answer(request):
        try:
            return await endpoint(request)
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return answer


async def serve() -> None:
    """Serve on a free port of 127.0.0.1, and print a JSON line with its `url` when ready."""
    listener = listen(0)

    @contextlib.asynccontextmanager
    async def lifespan(app):
        print(json.dumps({"kind": "ready", "url": address(listener)}), flush=True)
        yield

    config = uvicorn.Config(make_app(lifespan), log_level="warning", access_log=False)
    await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    end_with_owner()
    asyncio.run(serve())
