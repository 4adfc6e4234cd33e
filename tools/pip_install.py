"""Runs pip so that its progress is seen on one line, and its failures are understood."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from trouble import DISK_FULL, OFFLINE, Trouble, Unreachable

PROGRESS = re.compile(
    r"(?:Collecting|Downloading|Using cached) [^\s;<>=!~\[]+|Installing \w+ packages"
)
#: what pip prints, in its several versions, when no index answers
NO_ANSWER = re.compile(
    r"NewConnectionError|ConnectTimeoutError|NameResolutionError|ConnectionError|ProxyError"
    r"|ReadTimeoutError|Max retries exceeded|connection broken|Temporary failure in name resolution"
)


def install(python: Path, requirement: str, log: Path) -> None:
    """Installs `requirement` editable. The whole of pip's output is kept in `log`."""
    command = [str(python), "-I", "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--no-input", "--progress-bar", "off", "--editable", requirement]
    pip = subprocess.Popen(
        command,
        env=os.environ | {"PIP_USER": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        with pip, log.open("w", encoding="utf-8") as record:
            follow(pip.stdout, record)
    finally:
        pip.kill()
    if pip.returncode:
        raise diagnosis(log, requirement)


def follow(lines, record) -> None:
    progress, installed = Progress(), ""
    for line in lines:
        record.write(line)
        record.flush()
        match = PROGRESS.match(line.strip())
        if line.startswith("Successfully installed"):
            installed = f"{len(line.split()) - 2} packages installed"
        elif "Retrying" in line:
            progress.show("no answer from the package index yet: pip tries again")
        elif match:
            progress.show(match[0].lower())
    progress.end(installed)


class Progress:
    """One line that is written over on a terminal; elsewhere a line every few seconds."""

    def __init__(self, every_seconds: float = 10.0) -> None:
        self.terminal = sys.stdout.isatty()
        self.every_seconds = every_seconds
        self.last = self.start = time.monotonic()

    def show(self, text: str) -> None:
        now = time.monotonic()
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K      {text}"[: width + 4], end="", flush=True)
        elif now - self.last >= self.every_seconds:
            self.last = now
            print(f"      {now - self.start:3.0f} s  {text}", flush=True)

    def end(self, text: str) -> None:
        seconds = time.monotonic() - self.start
        clear = "\r\033[K" if self.terminal else ""
        print(f"{clear}      {text} in {seconds:.0f} s" if text else clear, flush=True)


def diagnosis(log: Path, requirement: str) -> Trouble:
    text = log.read_text(encoding="utf-8", errors="replace")
    if "No space left on device" in text:
        return Trouble(DISK_FULL)
    if NO_ANSWER.search(text):
        extras = requirement.partition("[")[2].rstrip("]")
        return Unreachable(OFFLINE.format(extras=extras) + f"\npip's own words are in {log}")
    errors = [line for line in text.splitlines() if "ERROR" in line or "error:" in line]
    said = "\n".join(errors[-5:] or text.splitlines()[-5:])
    return Trouble(f"pip failed:\n{said}\nAll that it said is in {log}")
