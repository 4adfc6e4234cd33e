"""One pass through what the course runs; each line printed is an answer or a sentence."""

import asyncio
import importlib
import pkgutil

import unstuck
from unstuck import hatches, sharing
from unstuck.asking import ask
from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.machine import card, describe, usable_cpus
from unstuck.workloads import is_prime


async def main() -> None:
    for name in hatches.names():
        hatch = hatches.hatch(name)
        answer = hatch.reason_missing() or await hatch.run(is_prime, 999_983)
        print(f"{name}: {answer}")
    for spread in ("handout", "shared", "reuseport"):
        print(f"{spread}: {await served(spread)}")


async def served(spread: str) -> object:
    try:
        async with Cluster(workers=2, spread=spread) as cluster:
            return (await ask(cluster.url))["pid"] in cluster.pids
    except (ValueError, ChildFailed) as error:
        return error


if __name__ == "__main__":
    for module in pkgutil.walk_packages(unstuck.__path__, "unstuck."):
        if not module.name.endswith(("__main__", "_service", "_worker")):  # programs, no modules
            importlib.import_module(module.name)
    print(f"CPUs: {usable_cpus()}")
    assert describe(card())
    with sharing.create(100) as block, block.view() as view:
        view[0] = 7
        print(f"shared: {view[0]}")
    asyncio.run(main())
    hatches.close()
