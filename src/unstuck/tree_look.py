"""Look at what a running tree of processes uses, and stop it where a limit is passed.

It samples: between two looks a program can use more than its limit for some milliseconds.
"""

import contextlib
import os

from unstuck.ended import Ended

_SIGNALS = {"SIGXCPU": "cpu", "SIGXFSZ": "files"}  # by which the system tells of its own limits
_WORDS = {  # what programs say when the system refuses them something
    "memory": (b"MemoryError", b"Cannot allocate memory", b"bad_alloc", b"out of memory"),
    "files": (b"File too large", b"EFBIG"),
}


class TreeLook:
    """`look(run)` stops a run that is beyond `limits`, with a sentence that names the limit."""

    def __init__(self, limits):
        self.limits = limits
        self.seen = dict.fromkeys(("processes", "cpu", "memory", "files", "output"), 0.0)

    def __call__(self, run) -> None:
        self.seen["output"] = sum(kept.count for kept in run.kept)
        self.seen["files"] = folder_bytes(run.folder)
        self._look_at_tree(run.keeper_pid)
        for name, used in self.seen.items():
            if used > getattr(self.limits, name):
                run.stop(self.sentence(name), b"kill\n")

    def _look_at_tree(self, keeper_pid: int) -> None:
        import psutil  # here, so that the lowest floors need the standard library only

        with contextlib.suppress(psutil.Error):
            keeper = psutil.Process(keeper_pid)
            ended = keeper.cpu_times()
            cpu, memory, tree = ended.children_user + ended.children_system, 0, []
            for process in keeper.children(recursive=True):
                with contextlib.suppress(psutil.Error), process.oneshot():
                    cpu += sum(process.cpu_times()[:4])  # its own and its ended children's
                    memory += process.memory_info().rss
                    tree.append(process)
            self.seen.update(cpu=cpu, memory=memory, processes=len(tree))

    def sentence(self, name: str) -> str:
        """Name a limit that was passed."""
        most = getattr(self.limits, name)
        return {
            "cpu": f"it used more than {most:g} s of CPU",
            "memory": f"it used more than {most / 1e6:g} MB of memory",
            "files": f"it wrote more than {most / 1e6:g} MB into files",
            "output": f"it wrote more than {most / 1e6:g} MB of output",
            "processes": f"it had more than {most:g} processes at once",
        }[name]

    def told_by(self, ended: Ended) -> str | None:
        """Name the limit by which the system itself ended or refused a program; else None."""
        if ended.ok:
            return None
        name = _SIGNALS.get(ended.signal or "")
        last = ended.err[-2000:]
        for about, said in _WORDS.items():
            if name is None and any(words in last for words in said):
                name = about
        return name and self.sentence(name)


def folder_bytes(folder: str) -> int:
    """The size of all files below a folder; 0 where there is none."""
    total = 0
    for here, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(here, name)).st_size
    return total
