"""Run pytest; try the few tests that failed once more, one after the other.

    python tools/second_try.py [options for pytest] -- paths

On a shared machine a test may fail through what other programs do. What fails again, alone, fails
here. What holds at the second try is named at the end, below its failure: a test that fails now
and then has found something, here or in the course, and somebody should look.

Ends with pytest's exit code; with 10 where all held at the second try.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

MOST = 3  # failed tests that are tried again; where more fail it is not chance
HELD_LATER = 10


def run(cache: Path, *words: str) -> int:
    """Run pytest with a cache of its own, and return its exit code."""
    argv = [sys.executable, "-m", "pytest", "-o", f"cache_dir={cache}", *words]
    return subprocess.run(argv).returncode


def failed_in(cache: Path) -> list[str]:
    """Name what failed; the cells of a notebook need those before them, so it is tried whole."""
    file = cache / "v" / "cache" / "lastfailed"
    names = json.loads(file.read_text()) if file.is_file() else {}
    return sorted({name.split("::")[0] if ".ipynb::" in name else name for name in names})


def main(options: list[str], paths: list[str]) -> int:
    """Run all, then what failed; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        code = run(cache, *options, *paths)
        failed = failed_in(cache)
        if code != 1 or not 0 < len(failed) <= MOST:
            return code
        print("\nTried once more, one after the other:", *failed, sep="\n  ", flush=True)
        code = run(cache, *options, "-n", "0", *failed)
    if code:
        return code
    print("\nFailed above, and held at the second try:", *failed, sep="\n  ", flush=True)
    return HELD_LATER


if __name__ == "__main__":
    words = sys.argv[1:]
    end = words.index("--")
    sys.exit(main(words[:end], words[end + 1 :]))
