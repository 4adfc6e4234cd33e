"""Does the course work with the newest versions of everything? Says what broke, if not.

    python tools/newest.py             the newest releases
    python tools/newest.py --pre       releases to come as well (alpha, beta, rc)

It makes an environment of its own, .venv-newest, installs the newest of all Python packages,
runs tests and notebooks, and writes build/newest.md: what failed, and the versions side by side
with those of this environment. It downloads some hundred megabytes and takes half an hour, and the
answer changes from day to day: so it is for people, and refuses to run in CI.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv-newest"
REPORT = ROOT / "build" / "newest.md"
EXTRAS = "lab,node,servers,test"
SANITIZE = ["--nbval-sanitize-with", "tests/nbval_sanitize.cfg", "notebooks/"]
PARTS = {  # what is run: words for pytest
    "tests": ["tests", "--ignore", "tests/browser"],
    "notebooks": ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120", *SANITIZE],
}
LIST = """
import importlib.metadata, json, platform
found = {each.metadata["Name"].lower(): each.version for each in importlib.metadata.distributions()}
print(json.dumps(found | {"python": platform.python_version()}))
"""
LONGEST = 3600  # seconds for one part


def program(folder: Path) -> str:
    """The Python of an environment."""
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return str(folder.joinpath(*inside))


def install(pre: bool, python: str) -> None:
    """Make the environment anew and put the newest of everything into it."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
    words = ["-m", "pip", "install", "--upgrade", "--upgrade-strategy", "eager"]
    words += ["--pre"] if pre else []
    subprocess.run([python, *words, "pip", "--editable", f"{ROOT}[{EXTRAS}]"], check=True)
    for script in ("lab_settings.py", "npm_install.py"):
        subprocess.run([python, str(ROOT / "tools" / script)], check=True)


def versions(python: str) -> dict[str, str]:
    """By name, what is installed beside this Python, and Python itself."""
    done = subprocess.run([python, "-c", LIST], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def run_part(name: str, python: str) -> list[str]:
    """Run one part; the names of what failed, or a sentence where it could not run at all."""
    record = REPORT.parent / f"newest-{name}.xml"
    record.unlink(missing_ok=True)
    words = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={record}"]
    env = {**os.environ, "UNSTUCK_SMALL": "1"}
    try:
        done = subprocess.run([*words, *PARTS[name]], cwd=ROOT, env=env, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return [f"{name}: not done within {LONGEST} s"]
    if not record.is_file():
        return [f"{name}: pytest ended with {done.returncode} and no record"]
    return failed(record.read_text("utf-8"))


def failed(xml: str) -> list[str]:
    """The failed tests of pytest's record, each with the first line of its reason."""
    found = []
    for case in ET.fromstring(xml).iter("testcase"):
        for problem in (*case.findall("failure"), *case.findall("error")):
            why = (problem.get("message") or "no reason given").splitlines()[0]
            found.append(f"{case.get('classname')}::{case.get('name')}: {why[:200]}")
    return found


def side_by_side(before: dict[str, str], newest: dict[str, str]) -> list[tuple[str, str, str]]:
    """(name, version here, newest version) of all that differs, in alphabetical order."""
    rows = [(name, before.get(name, "-"), version) for name, version in sorted(newest.items())]
    return [row for row in rows if row[1] != row[2]]


def suspects(broken: Sequence[str], changed: Sequence[tuple[str, str, str]]) -> list[str]:
    """Packages of another version that a failure names."""
    text = " ".join(broken).lower().replace("_", "-")
    return [name for name, *_ in changed if re.search(rf"\b{re.escape(name)}\b", text)]


def report(broken: dict[str, list[str]], changed: Sequence[tuple[str, str, str]]) -> str:
    """What broke, and the versions side by side, as Markdown."""
    lines = ["# The course with the newest versions", ""]
    for name, each in broken.items():
        lines += [f"{name}: {'all is well' if not each else f'{len(each)} failed'}", ""]
        lines += [f"- {line}" for line in each] + ([""] if each else [])
    named = suspects([line for each in broken.values() for line in each], changed)
    if named:
        lines += [f"Look first at: {', '.join(named)}.", ""]
    lines += ["| package | here | newest |", "| --- | --- | --- |"]
    lines += [f"| {' | '.join(row)} |" for row in changed]
    return "\n".join(lines) + "\n"


def main(words: list[str] | None = None) -> int:
    """Install, run, report; 1 where something broke, 2 in CI."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pre", action="store_true", help="releases to come as well")
    args = parser.parse_args(words)
    if os.environ.get("CI"):
        print("Not in CI: what is newest changes from day to day.", file=sys.stderr)
        return 2
    REPORT.parent.mkdir(exist_ok=True)
    python = program(FOLDER)
    install(args.pre, python)
    changed = side_by_side(versions(sys.executable), versions(python))
    broken = {name: run_part(name, python) for name in PARTS}
    REPORT.write_text(report(broken, changed), encoding="utf-8")
    print(report(broken, changed))
    return int(any(broken.values()))


if __name__ == "__main__":
    sys.exit(main())
