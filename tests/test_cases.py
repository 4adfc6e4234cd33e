"""Each reliability case of this stage is named by a test, or there is a reason why it cannot occur.

The cases are failures that others met: A sending work, B clean-up, C asyncio in a kernel, D limits,
E shared memory, F servers, G Node.js, H panels, I automated runs.
"""

import asyncio
import re
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from unstuck.labs.watch import watch

HERE = Path(__file__).parent
WANTED = [
    *("A01", "A02", "A03", "A05", "A06", "A07", "A09", "A11"),
    *("B01", "B02", "B03", "B04", "B05", "B06", "B08", "B10", "B11", "B13", "B14", "B15"),
    *("B16", "B17"),
    *("C01", "C02", "C03", "C04", "C05", "C07", "C09", "C10", "C11", "C13"),
    *("D01", "D02", "D03", "D04", "D05", "D07"),
    *("E01", "E02", "E03", "E04", "E05"),
    *("F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09", "F11"),
    *("G01", "G02", "G03", "G04", "G06", "G07", "G08", "G09", "G10", "G11", "G13", "G14", "G15"),
    *("G16", "G17"),
    *("H01", "H02", "H04", "H05", "H06", "H07", "H08", "H09", "H10", "H11", "H13", "H14", "H15"),
    *("I01", "I02", "I03", "I04"),
]
CANNOT_OCCUR = {
    "B14": "no pool of ours replaces a worker after a number of tasks",
    "H01": "nothing prints from a thread into a panel: readers hand lines to the main loop, "
    "where one status line and one picture are set",
    "H02": "for the same reason no output depends on which cell a thread belongs to",
    "H09": "the panel's work is a task of the loop, so Stop is heard; the one block of the kernel "
    "is labelled, is the lesson, and lasts at most 5 s (LONGEST)",
    "I03": "no test asserts a speed-up; lateness is compared with a block in the same run",
}


def test_every_case_has_a_test_or_a_reason():
    files = [path for path in HERE.rglob("test_*.py") if path.name != "test_cases.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in [*files, Path(__file__)])
    tests = text.split("\nWANTED = [")[0] + text.split("# the cases below", 1)[-1]
    named = set(re.findall(r"\b[A-I]\d\d\b", tests)) | set(CANNOT_OCCUR)
    assert [case for case in WANTED if case not in named] == []


# the cases below have no other home


async def _peak_of(coroutine) -> tuple[object, int]:
    peak, me = 0, psutil.Process()
    others = set(me.children(recursive=True))  # a JupyterLab of the browser tests, for one
    task = asyncio.ensure_future(coroutine)
    while not task.done():
        tree = [me, *(set(me.children(recursive=True)) - others)]
        peak = max(peak, sum(_resident(process) for process in tree))
        await asyncio.sleep(0.1)
    return task.result(), peak


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:  # it has ended meanwhile
        return 0


def test_two_watched_servers_fit_into_binders_memory():
    """D05"""
    seen, peak = asyncio.run(_peak_of(watch("both")))
    assert len(seen) == 2
    assert peak < 700_000_000


def test_a_run_whose_kernel_dies_ends_and_says_so():
    """I02"""
    cell = nbformat.v4.new_code_cell("import os; os._exit(1)")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    with pytest.raises(DeadKernelError):
        NotebookClient(notebook, timeout=60, kernel_name="python3").execute()


def test_the_work_tree_never_recommends_a_patched_loop():
    """C02"""
    sources = (HERE.parent / "src").rglob("*.py")
    assert not [path for path in sources if "nest_asyncio" in path.read_text(encoding="utf-8")]
