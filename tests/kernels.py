"""A real kernel for tests: cells are run one at a time, and what they showed is told."""

import contextlib
import queue
import time

import psutil
import pytest
from jupyter_client.manager import KernelManager


class Kernel:
    """A kernel that runs one cell at a time and tells what the cell showed."""

    def __init__(self, manager: KernelManager):
        self.manager = manager
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def begin(self, source: str) -> str:
        return self.client.execute(source)

    def end(self, cell: str, deadline: float = 30) -> tuple[str, str]:
        """Wait for the cell; (what it printed, the name of its error or "")."""
        text, error, _ = self._seen(cell, deadline)
        return text, error

    def ends_by(self, cell: str, moment: float) -> bool:
        """Say whether a cell ends before a moment of time.monotonic()."""
        while (left := moment - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                message = self.client.get_iopub_msg(timeout=left)
                ours = message["parent_header"].get("msg_id") == cell
                if ours and message["content"].get("execution_state") == "idle":
                    return True
        return False

    def run(self, source: str) -> tuple[str, str]:
        """Run a cell to its end.

        A kernel throws away cells that came while another one failed; such a cell is sent again.
        """
        for _ in range(3):
            text, error, was_run = self._seen(self.begin(source), 30)
            if was_run:
                return text, error
        pytest.fail("the kernel would not run the cell")

    def until_printed(self, words: str, deadline: float = 20) -> None:
        """Wait until a cell that runs has printed some words."""
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            with contextlib.suppress(queue.Empty):
                message = self.client.get_iopub_msg(timeout=1)
                if words in message["content"].get("text", ""):
                    return
        pytest.fail(f"{words!r} was not printed within {deadline} s")

    def _seen(self, cell: str, deadline: float) -> tuple[str, str, bool]:
        text, error, was_run, end = "", "", False, time.monotonic() + deadline
        while time.monotonic() < end:
            with contextlib.suppress(queue.Empty):
                message = self.client.get_iopub_msg(timeout=1)
                if message["parent_header"].get("msg_id") != cell:
                    continue
                content = message["content"]
                was_run = was_run or message["msg_type"] == "execute_input"
                text += content.get("text", "")
                error = content.get("ename", error)
                if content.get("execution_state") == "idle":
                    return text, error, was_run
        pytest.fail(f"the cell did not end within {deadline} s; it printed {text!r}")

    def children(self) -> list[psutil.Process]:
        """The processes below the kernel, without those that multiprocessing keeps for itself."""
        kernel = psutil.Process(self.manager.provisioner.pid)
        return [child for child in kernel.children(recursive=True) if not is_pythons_own(child)]

    def busy(self) -> int:
        """How many processes below the kernel compute."""
        return sum(_computes(child) for child in self.children())

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def _computes(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):  # it has ended meanwhile
        return process.cpu_percent(0.05) > 20
    return False


def is_pythons_own(process: psutil.Process) -> bool:
    """Say whether multiprocessing itself keeps it, for all contexts, until its owner ends."""
    try:
        words = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return "multiprocessing.resource_tracker" in words or "multiprocessing.forkserver" in words


def start_kernel() -> Kernel:
    """Start a kernel; whoever did closes it."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    return Kernel(manager)
