"""The virtual environment: its files, its stamp, and the reasons to make it anew."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
PYTHON = "{}.{}.{}".format(*sys.version_info[:3])
#: names version, build and platform, so it differs between 3.14 and free-threaded 3.14 as well
ABI = sysconfig.get_config_var("EXT_SUFFIX")


class Environment:
    """One virtual environment; `stamp` is what the last complete set-up wrote about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        scripts = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = scripts / ("python.exe" if os.name == "nt" else "python")
        self.log = folder / "setup.log"
        self.stamp_file = folder / "setup-done.json"
        self.unfinished = folder / "setup-unfinished"
        self.stamp = self._read_stamp()

    def _read_stamp(self) -> dict:
        try:
            return json.loads(self.stamp_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    @property
    def extras(self) -> set[str]:
        return set(self.stamp.get("extras", []))

    def is_complete(self, extras: set[str]) -> bool:
        """Is everything asked for there, made by this Python from this pyproject.toml?"""
        same = {name: self.stamp.get(name) for name in self._facts()} == self._facts()
        return same and extras <= self.extras and self.python.exists()

    def _facts(self) -> dict[str, str]:
        pyproject = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
        return {"abi": ABI, "pyproject": pyproject, "project": str(ROOT), "venv": str(self.folder)}

    def reason_to_renew(self) -> str:
        """Why this environment cannot be built upon, or "" when it can."""
        if not self.folder.exists():
            return ""
        if self.unfinished.exists():
            return "was left half-made when its set-up was stopped"
        if not (self.folder / "pyvenv.cfg").exists():
            if any(self.folder.iterdir()):
                raise Trouble(
                    f"{self.folder} is there already and is no virtual environment.\n"
                    "Name another folder: make lab VENV=.venv-unstuck"
                )
            return ""
        if self.stamp and self.stamp.get("venv") != str(self.folder):
            return f"was made in another place ({self.stamp.get('venv')})"
        if self._abi() != ABI:
            return f"was not made by Python {PYTHON}, the one to use now"
        return ""

    def _abi(self) -> str:
        ask = "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))"
        command = [self.python, "-I", "-c", ask]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        except (OSError, subprocess.SubprocessError):
            return ""
        return done.stdout.strip()

    def begin(self) -> None:
        """From here until `finish` an interruption leaves the environment to be made anew."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.unfinished.touch()
        self.stamp_file.unlink(missing_ok=True)

    def make(self) -> None:
        command = [sys.executable, "-I", "-m", "venv", "--prompt", "unstuck", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise Trouble(
                f"Python {PYTHON} ({sys.executable}) could not make {self.folder}:\n"
                f"{(done.stdout + done.stderr).strip()}"
            )

    def finish(self, extras: set[str]) -> None:
        stamp = self._facts() | {"python": PYTHON, "extras": sorted(extras)}
        self.stamp_file.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
        self.unfinished.unlink()
