"""Run the course under abuse with all tries, and keep the figures in workshop/reliability.md.

make abuse          (half an hour; `make test` has a quick part of it)
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "workshop" / "reliability.md"
TESTS = (  # some outside of tests/abuse try more often as well
    "tests/abuse",
    "tests/test_programs.py::test_a_time_out_ends_the_whole_tree_every_time",
    "tests/test_programs.py::test_many_runs_leave_no_zombie",
    "tests/test_programs.py::test_it_works_in_threads_with_loops_of_their_own_each_time",
    "tests/test_hatches.py::test_a_crash_is_named_and_the_runs_after_it_succeed",
)
PROMISES = {
    1: "No orphans",
    2: "One interrupt is enough",
    3: "No hang",
    4: "Recovery",
    5: "No silent failure",
    6: "Output is whole",
    7: "One run at a time",
    8: "Right size",
    9: "Fits Binder",
    10: "Panels",
    11: "Portable by simulation",
    12: "Security",
    13: "Stable",
    14: "Fuzzed",
}


def main(words: list[str]) -> int:
    """Run the tests; write the table where all of them held."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.jsonl"
        start = time.monotonic()
        code = run_tests(figures, words)
        minutes = (time.monotonic() - start) / 60
        lines = figures.read_text(encoding="utf-8").splitlines() if figures.is_file() else []
    rows = [json.loads(line) for line in lines]
    text = table(rows, minutes)
    print(text)
    if code == 0 and not words:
        TABLE.write_text(text, encoding="utf-8")
        print(f"written to {TABLE.relative_to(ROOT)}")
    return code


def run_tests(figures: Path, words: list[str]) -> int:
    """Run the tests with all tries; figures are added to a file."""
    env = {**os.environ, "UNSTUCK_ABUSE": "long", "UNSTUCK_SMALL": "1"}
    argv = [sys.executable, "-m", "pytest", *TESTS, "--timeout=1700", "-n", "3"]
    argv += ["--dist", "worksteal", *words]
    env["UNSTUCK_FIGURES"] = str(figures)
    return subprocess.run(argv, cwd=ROOT, env=env, check=False).returncode


def table(rows: list[dict], minutes: float) -> str:
    """The figures as Markdown, by promise."""
    lines = [
        "# What the course stands",
        "",
        f"Measured by `make abuse` on {time.strftime('%Y-%m-%d')} in {minutes:.0f} minutes: "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, "
        f"Python {platform.python_version()}. Another machine has other seconds; "
        "the command above writes this file anew.",
        "",
        "| promise | what | wanted | seen | tries |",
        "| --- | --- | --- | --- | ---: |",
    ]
    for row in sorted(rows, key=lambda row: (row["promise"], row["what"])):
        name = f"{row['promise']}. {PROMISES[row['promise']]}"
        lines.append(
            f"| {name} | {row['what']} | {row['wanted']} | {row['seen']} | {row['tries']} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
