"""After the notebook on sharing no block is left, and Python's resource tracker says nothing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from unstuck import sharing

ROOT = Path(__file__).parents[1]


@pytest.mark.notebooks
def test_the_notebook_on_sharing_leaves_no_block_and_no_line_of_the_tracker(tmp_path):
    """E01 E02: the kernel's own standard error, up to its very end, is that of this program."""
    copy = shutil.copy(ROOT / "notebooks" / "07_sharing.ipynb", tmp_path)
    before = set(sharing.blocks())
    argv = [sys.executable, ROOT / "tools" / "run_notebooks.py", copy]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    assert set(sharing.blocks()) <= before
    assert "resource_tracker" not in done.stderr
    assert "leaked" not in done.stderr
