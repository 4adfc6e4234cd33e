"""Asks the public advisories whether any version that is installed here is known to be unsafe.

make audit

Both ecosystems are asked: the packages of this environment, and those of the Node.js twins. Where
advisories cannot be had, it says so instead of "none known"; it fails where one names a package.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

TWINS = Path(__file__).resolve().parent.parent / "src" / "unstuck" / "twins"
DEADLINE = 300.0  # seconds
PIP = ["-m", "pip_audit", "--format=json", "--progress-spinner=off", "--timeout=10", "--local"]
CANNOT_TELL = "cannot tell here"


def python_verdict(text: str) -> tuple[list[str], str]:
    """What pip-audit's JSON says: (advisories, a sentence)."""
    try:
        packages = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return [], f"Python: {CANNOT_TELL}, the advisories could not be asked."
    found = [
        f"{package['name']} {package['version']}: {each['id']}"
        for package in packages
        for each in package.get("vulns", ())
    ]
    asked = sum("vulns" in package for package in packages)
    if not asked:
        return [], f"Python: {CANNOT_TELL}, none of {len(packages)} packages was found there."
    return found, f"Python: {len(found)} advisories for {asked} of {len(packages)} packages."


def node_verdict(text: str) -> tuple[list[str], str]:
    """What npm's JSON says: (advisories, a sentence)."""
    try:
        answer = json.loads(text)
        named, count = answer["vulnerabilities"], answer["metadata"]["dependencies"]["total"]
    except (ValueError, KeyError, TypeError):
        return [], f"Node.js: {CANNOT_TELL}, the advisories could not be asked."
    found = [f"{name}: {each['severity']}" for name, each in named.items()]
    return found, f"Node.js: {len(found)} advisories for {count} packages."


def said(argv: list[str] | None, folder: Path | None = None) -> str:
    """What a program prints, whatever its code; nothing where there is none, or it hangs."""
    if argv is None:
        return ""
    try:
        ended = subprocess.run(
            argv, cwd=folder, capture_output=True, text=True, timeout=DEADLINE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout


def main() -> int:
    """Ask both, print what is known, and return 1 where an advisory names a package."""
    npm = shutil.which("npm")
    verdicts = (
        python_verdict(said([sys.executable, *PIP])),
        node_verdict(said(npm and [npm, "audit", "--json"], TWINS)),
    )
    for found, sentence in verdicts:
        print(sentence)
        for each in found:
            print(f"  {each}")
    return int(any(found for found, _ in verdicts))


if __name__ == "__main__":
    sys.exit(main())
