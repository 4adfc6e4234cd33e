"""What this Python can do: start workers, run without a GIL, run interpreters, hear its page."""

import importlib.util
import sys


def runtime_problem() -> str | None:
    """One sentence where nothing can be started beside the kernel's own thread, else None."""
    if sys.platform != "emscripten":
        return None
    return (
        "This runtime cannot start processes or threads: it is Python compiled to WebAssembly "
        "(JupyterLite, Pyodide), so recorded results are shown."
    )


def kernel_problem() -> str | None:
    """One sentence where the kernel may stop hearing its page, else None.

    Before ipykernel 7.4 a request that comes while a reply is sent may lie unread for ever:
    https://github.com/ipython/ipykernel/issues/1554
    """
    from importlib import metadata  # only here: a worker should not pay for it

    try:
        version = metadata.version("ipykernel")
    except metadata.PackageNotFoundError:
        return None
    if not (7, 0) <= tuple(map(int, version.split(".")[:2])) < (7, 4):
        return None
    return (
        f"ipykernel {version} may stop hearing its page, and cells stay at [*]: restart the kernel "
        "then. 'pip install -U ipykernel' and a new start of JupyterLab end it."
    )


def gil_state() -> str:
    """Tell "on" or "off", as it is now: a free-threaded Python may have turned its GIL on."""
    ask = getattr(sys, "_is_gil_enabled", None)  # documented for Python 3.13 and newer
    return "on" if ask is None or ask() else "off"


def has_interpreters() -> bool:
    """True where interpreters with a GIL of their own can be made (`concurrent.interpreters`)."""
    if runtime_problem():
        return False
    names = ("concurrent.interpreters", "_interpreters")  # the face, and the part written in C
    return all(importlib.util.find_spec(name) for name in names)


def start_methods() -> tuple[str, ...]:
    """The ways `multiprocessing` can start a process here, from 3.14 on the default first."""
    if runtime_problem():
        return ()
    import multiprocessing  # only here: it brings sockets and pickle along

    return tuple(multiprocessing.get_all_start_methods())
