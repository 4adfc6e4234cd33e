"""How a process ended, in words that go on from "the worker ..."."""

import signal

_HINTS = {"SIGKILL": "a system short of memory does that", "SIGSEGV": "a crash in C code"}


def ending(code: int | None) -> str:
    """Return the words for an exit code of `multiprocessing` or `subprocess`: -9 is SIGKILL."""
    if code is None:
        return "has not ended"
    if code >= 0:
        return f"ended itself with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return f"was ended by {name}" + (f" ({_HINTS[name]})" if name in _HINTS else "")
