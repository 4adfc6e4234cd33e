"""What is going on in a kernel when it is harmed: a lab at work, or a notebook run from its top."""

import contextlib
import json
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import psutil
from jupyter_client.manager import KernelManager
from kernels import Kernel, is_pythons_own

from unstuck import sharing

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_RUN = "from unstuck import labs\npanel = labs.{lab}()\n{before}panel.run.click()\n"
LABS = {
    "heartbeat": _RUN.format(
        lab="heartbeat", before="panel.patient.value = 'Python and Node.js servers'\n"
    ),
    "lanes": _RUN.format(lab="lanes", before=""),
    "roads": _RUN.format(lab="roads", before=""),
    "breakeven": _RUN.format(lab="breakeven", before=""),
    "cluster": _RUN.format(lab="cluster", before="panel.workers.value = 2\n"),
    "cluster in Node.js": _RUN.format(
        lab="cluster", before="panel.workers.value = 2\npanel.runtime.value = 'node'\n"
    ),
}
MARK = "UNSTUCK_TRY"  # a variable that every process below a kernel inherits


def scenes() -> list[tuple[str, list[str]]]:
    """Return (name, cells) of each lab and each notebook."""
    labs = [(f"the lab {name}", [source]) for name, source in LABS.items()]
    return labs + [(path.stem, cells_of(path)) for path in NOTEBOOKS]


def cells_of(path: Path) -> list[str]:
    """The sources of a notebook's code cells."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


class Scene:
    """A kernel in a folder of its own, whose processes can all be found, wherever they hang."""

    def __init__(self, folder: Path):
        self.mark = uuid.uuid4().hex
        manager = KernelManager(kernel_name="python3")
        manager.start_kernel(cwd=str(folder), env={**os.environ, MARK: self.mark})
        self.kernel = Kernel(manager)
        self.known: set[psutil.Process] = set()

    def play(self, cells: list[str], seconds: float) -> None:
        """Begin all cells, and let them go on for a while."""
        for source in cells:
            self.kernel.client.execute(source, stop_on_error=False)
        time.sleep(seconds)
        self.look()

    def look(self) -> set[psutil.Process]:
        """The processes below the kernel now; they are remembered."""
        with contextlib.suppress(psutil.Error):
            me = psutil.Process(self.kernel.manager.provisioner.pid)
            self.known |= set(me.children(recursive=True)) | {me}
        return self.known

    def left(self) -> set[psutil.Process]:
        """Processes of this scene that still live, but for a new kernel in the old one's place."""
        marked = {process for process in psutil.process_iter() if self._is_marked(process)}
        return {each for each in (marked - self._new()) | self.known if _lives(each)}

    def _new(self) -> set[psutil.Process]:
        with contextlib.suppress(psutil.Error, TypeError):  # None: there is no new one
            kernel = psutil.Process(self.kernel.manager.provisioner.pid)
            return {kernel, *kernel.children(recursive=True)} - self.known
        return set()

    def _is_marked(self, process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.Error, OSError):
            return process.environ().get(MARK) == self.mark
        return False

    def seconds_until_gone(self, deadline: float = 5.0) -> float:
        """Wait until nothing is left; the seconds that took. It fails after the deadline."""
        return seconds_until_none(self.left, deadline)

    def blocks(self) -> list[str]:
        """Shared blocks of processes of this scene that are known."""
        owners = {f"unstuck-{each.pid:x}-" for each in self.known}
        return [name for name in sharing.blocks() if name[: name.rindex("-") + 1] in owners]

    def close(self) -> None:
        self.kernel.close()


def seconds_until_none(left: Callable, deadline: float, more: Callable = lambda: "") -> float:
    """Wait until `left()` is empty; where it is not in time, tell what is left, and `more()`."""
    start = time.monotonic()
    while processes := left():
        if time.monotonic() > start + deadline:
            words = [_told(each) for each in processes]
            raise AssertionError(f"left after {deadline:g} s: {words} {more()}")
        time.sleep(0.05)
    return time.monotonic() - start


def _lives(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.status() != psutil.STATUS_ZOMBIE and not is_pythons_own(process)
    return False


def _told(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return f"{process.pid} {' '.join(process.cmdline())[:150]}"
    return f"{process.pid}"
