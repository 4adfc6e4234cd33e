"""The second try: what fails twice fails, what holds is named, many failures are no chance."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

TOOLS = Path(__file__).parents[1] / "tools"
sys.path.insert(0, str(TOOLS))
import second_try  # noqa: E402

pytestmark = pytest.mark.once  # Python's version changes nothing here

HELD = "Failed above, and held at the second try:"
ONCE = """
from pathlib import Path
first = not Path("{name}").exists()
Path("{name}").touch()
{then}assert not first
"""


def test_what_holds_at_the_second_try_is_named_below_its_failure(tmp_path):
    """A notebook is tried whole: its last cell alone would know no name."""
    test = ONCE.format(name="here", then="def test_now_and_then(): ")
    (tmp_path / "test_it.py").write_text(test)
    *first, last = ONCE.format(name="there", then="").strip().splitlines()
    cells = [nbformat.v4.new_code_cell(text) for text in ("\n".join(first), last)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "book.ipynb")
    argv = [sys.executable, str(TOOLS / "second_try.py"), "--nbval-lax", "--nbval-current-env"]
    argv += ["-n", "0", "--", "test_it.py", "book.ipynb"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == second_try.HELD_LATER, done.stdout
    assert "FAILED test_it.py::test_now_and_then" in done.stdout
    assert done.stdout.endswith(f"{HELD}\n  book.ipynb\n  test_it.py::test_now_and_then\n")


@pytest.mark.parametrize(
    ("codes", "failed", "code"),
    [
        ([0], [], 0),
        ([1, 1], ["a", "b"], 1),  # what fails twice fails
        ([1, 3], ["a"], 3),
        ([1], ["a", "b", "c", "d"], 1),  # many failures are no chance
        ([2], ["a"], 2),  # nothing could be collected
        ([1], [], 1),
    ],
)
def test_nothing_else_is_made_good(codes, failed, code, monkeypatch, capsys):
    calls = []

    def run(cache, *words):
        calls.append(words)
        return codes[len(calls) - 1]

    monkeypatch.setattr(second_try, "run", run)
    monkeypatch.setattr(second_try, "failed_in", lambda cache: failed)
    assert second_try.main(["-q"], ["tests"]) == code
    assert len(calls) == len(codes)
    assert HELD not in capsys.readouterr().out
