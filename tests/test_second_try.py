"""The second try: what fails twice fails, what holds is named, many failures are no chance."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.once  # Python's version changes nothing here

TOOL = Path(__file__).parents[1] / "tools" / "second_try.py"
HELD = "Failed above, and held at the second try:"
FAILS_ONCE = """
from pathlib import Path

def {name}():
    mark = Path("{name}")
    first = not mark.exists()
    mark.touch()
    assert not first
"""


def tried(folder: Path, *options: str, path: str = "test_it.py") -> subprocess.CompletedProcess:
    argv = [sys.executable, str(TOOL), *options, "--", path]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=100)


def test_what_holds_at_the_second_try_is_named_below_its_failure(tmp_path):
    (tmp_path / "test_it.py").write_text(FAILS_ONCE.format(name="test_now_and_then"))
    done = tried(tmp_path, "-n", "2")
    assert done.returncode == 10, done.stdout
    assert "assert not True" in done.stdout
    assert done.stdout.endswith(f"{HELD}\n  test_it.py::test_now_and_then\n")


def test_what_fails_twice_fails(tmp_path):
    lines = FAILS_ONCE.format(name="test_now_and_then") + "\ndef test_never():\n    assert 0\n"
    (tmp_path / "test_it.py").write_text(lines)
    done = tried(tmp_path)
    assert (done.returncode, HELD in done.stdout) == (1, False)
    assert done.stdout.count("FAILED test_it.py::test_never") == 2


def test_what_holds_is_not_tried_again(tmp_path):
    (tmp_path / "test_it.py").write_text("def test_always():\n    pass\n")
    done = tried(tmp_path)
    assert (done.returncode, "once more" in done.stdout) == (0, False)


def test_many_failures_are_no_chance(tmp_path):
    names = [f"test_{number}" for number in range(4)]
    (tmp_path / "test_it.py").write_text("".join(FAILS_ONCE.format(name=name) for name in names))
    done = tried(tmp_path)
    assert (done.returncode, "once more" in done.stdout) == (1, False)


def test_a_file_that_cannot_be_collected_keeps_its_code(tmp_path):
    (tmp_path / "test_it.py").write_text("import no_such_module\n")
    assert tried(tmp_path).returncode == 2


def test_a_notebook_is_tried_whole(tmp_path):
    cells = ["from pathlib import Path", "first = not Path('m').exists(); Path('m').touch()"]
    cells.append("assert not first")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(book, tmp_path / "book.ipynb")
    done = tried(tmp_path, "--nbval-lax", "--nbval-current-env", path="book.ipynb")
    assert done.returncode == 10, done.stdout
    assert done.stdout.endswith(f"{HELD}\n  book.ipynb\n")
