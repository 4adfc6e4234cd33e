"""The progress that a notebook file shows: its exercises, run in a fresh kernel, one by one.

    progress_of("04_threads.ipynb")

Only imports, definitions, plain values and the exercises' own cells are run, each for a limited
time. A cell that does not end costs its kernel, and the next exercise gets another one. It runs the
code of the file: give it notebooks that you would run yourself.
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from jupyter_client.manager import KernelManager

from unstuck.exercises.exercise import OUTCOMES, Result
from unstuck.progress import Progress
from unstuck.progress_cells import Cell, all_cells, cells_of
from unstuck.trial import today

SECONDS = 60.0  # for each exercise
_START = 60.0


def progress_of(*paths: str | Path, seconds: float = SECONDS) -> Progress:
    """Return the Progress of notebooks, each exercise with a time limit in seconds.

    NotANotebook or FileNotFoundError for a file that is none. Of several cells for one exercise the
    last one counts.
    """
    if not 0 < seconds <= 600:
        raise ValueError(f"seconds must be above 0 and at most 600, not {seconds}")
    found = {}
    for path in map(Path, paths):
        with contextlib.closing(Bench(path.parent, seconds)) as bench:
            for cell in cells_of(all_cells(path)):
                if result := bench.take(cell):
                    found[cell.exercise] = result
    return Progress(found, today())


class Bench:
    """A kernel that runs cells and is replaced when one of them does not end."""

    def __init__(self, folder: Path, seconds: float):
        self.folder, self.seconds = folder, seconds
        self._defined: list[str] = []
        self._kernel: tuple | None = None

    def take(self, cell: Cell) -> Result | None:
        """Run a cell; the Result of an exercise, None for definitions, which are kept."""
        if not cell.exercise:
            self._defined.append(cell.source)
            if self._kernel:
                self._run(cell.source)
            return None
        if self._kernel is None:
            self._open()
        return self._run(cell.source)

    def _open(self) -> None:
        manager = KernelManager(kernel_name="python3")
        manager.start_kernel(cwd=str(self.folder))
        client = manager.client()
        client.start_channels()
        self._kernel = manager, client
        client.wait_for_ready(timeout=_START)
        for text in self._defined:
            self._run(text)

    def _run(self, text: str) -> Result:
        """Run code for a limited time; what its check said, or why it said nothing."""
        if self._kernel is None:  # definitions that did not end have cost it
            return self._ended()
        manager, client = self._kernel
        messages: list[tuple[str, dict]] = []

        def hear(message: dict) -> None:
            messages.append((message["msg_type"], message["content"]))

        options = {"allow_stdin": False, "stop_on_error": False, "output_hook": hear}
        try:
            client.execute_interactive(text, timeout=self.seconds, **options)
        except TimeoutError:
            alive = manager.is_alive()
            self.close()
            return self._ended() if alive else Result("not yet", "Your code ended its kernel.")
        return result_in(messages)

    def _ended(self) -> Result:
        return Result("not yet", f"Your code did not end within {self.seconds:g} s.")

    def close(self) -> None:
        """End the kernel, also one that does not listen."""
        if self._kernel:
            manager, client = self._kernel
            self._kernel = None
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def result_in(messages: Sequence[tuple[str, dict]]) -> Result:
    """Return the Result that a cell's value shows; one that says why where there is none."""
    for result in _results(messages):
        return result
    for kind, content in messages:
        if kind == "error":
            told = f"{content['ename']}: {content['evalue']}"[:300]
            mend = " Put what it needs into the exercise's cell." * (
                content["ename"] == "NameError"
            )
            return Result("not yet", f"Your cell raised {told}.{mend}")
    return Result("not yet", "The cell does not end with its check.")


def _results(messages: Sequence[tuple[str, dict]]) -> Iterator[Result]:
    for kind, content in messages:
        text = content["data"].get("text/plain", "") if kind == "execute_result" else ""
        for outcome in OUTCOMES:
            if text.startswith(f"{outcome.capitalize()}. "):
                yield Result(outcome, text.partition(". ")[2])
