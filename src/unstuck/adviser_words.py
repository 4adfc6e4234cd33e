"""Configurations in words: the command line, the options or the lines that an advice leads to."""

import math

from unstuck.adviser_service import Service
from unstuck.production_commands import command

MIB = 2**20
_ROOM = 1.3  # memory beyond what was measured: payloads, growth


def to_thread(threads: int) -> str:
    """Blocking calls in threads of the loop's own pool, as many as wait at once."""
    return (
        f"executor = ThreadPoolExecutor({threads})\n"
        "asyncio.get_running_loop().set_default_executor(executor)\n"
        "answer = await asyncio.to_thread(func, *args)"
    )


def helper_threads(threads: int) -> str:
    """Node's own C functions, asynchronous, with helper threads enough."""
    return f"UV_THREADPOOL_SIZE={threads} node server.js   # crypto.pbkdf2(..., callback)"


def pool(size: int) -> str:
    """A warm process pool behind the loop."""
    return f"pool = Pool({size})\nanswer = await pool.run(func, *args)"


def interpreters(size: int) -> str:
    """Warm interpreters behind the loop, in this process."""
    return f"pool = Interpreters({size})\nanswer = await pool.run(func, *args)"


def shared(size: int) -> str:
    """A warm pool, whose big buffers travel through shared memory."""
    return f"calls = SharedCalls(Pool({size}))\nanswer = await calls.run(func, memoryview(data))"


def piscina(size: int, move: bool = False) -> str:
    """A pool of worker threads; `move` hands buffers over instead of copying them."""
    options = f"{{ filename, minThreads: {size}, maxThreads: {size}, maxQueue: 'auto' }}"
    call = "pool.run(task, { transferList: [task.buffer] })" if move else "pool.run(task)"
    return f"const pool = new Piscina({options});\nconst answer = await {call};"


def child(service: Service) -> str:
    """A program of its own for each call, with limits."""
    seconds = max(1, math.ceil(5 * (service.cpu_ms + service.waits_ms) / 1e3))
    if service.runtime == "node":
        options = f"{{ timeout: {1000 * seconds}, killSignal: 'SIGKILL', env: {{}} }}"
        return f"spawn(process.execPath, ['--max-old-space-size=256', file], {options})"
    return f"await isolate(source, Limits(seconds={seconds}, cpu={seconds}, memory=256_000_000))"


def workers(service: Service, count: int) -> str:
    """So many server processes on one port: the command line, or Node's cluster."""
    if service.runtime == "node":
        return f"if (cluster.isPrimary) for (let n = 0; n < {count}; n += 1) cluster.fork();"
    words = command(service.server, 8000, count, "app:app")
    return " ".join(["python", *words[1:]])


def pod(replicas: int, memory_bytes: int) -> str:
    """One server process per pod: what to ask the platform for."""
    size = math.ceil(_ROOM * memory_bytes / MIB / 16) * 16
    return (
        f"replicas: {replicas}\nresources:\n"
        f'  requests: {{cpu: "1", memory: {size}Mi}}\n'
        f"  limits: {{memory: {2 * size}Mi}}   # no CPU limit: it would stop the loop"
    )


def inline(runtime: str) -> str:
    """The function where it is."""
    return "const answer = func(...args);" if runtime == "node" else "answer = func(*args)"


def awaited(runtime: str) -> str:
    """A driver that can be awaited."""
    if runtime == "node":
        return "const rows = await db.query(text);   // never a ...Sync call"
    return "rows = await connection.fetch(query)   # a driver written for asyncio"
