"""Installs the course from the offline kit that this file is part of; no network is used.

    python tools/install_offline.py

Makes .venv in the kit. It needs the Python and the system that the kit was made for: README.txt
names them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import lab_settings

KIT = Path(__file__).resolve().parent.parent


def install_command(python: Path, wheels: Path, requirement: str) -> list[str]:
    """pip's command that installs from `wheels` and asks no index, whatever is set here."""
    pip = [str(python), "-I", "-m", "pip", "--isolated", "install", "--disable-pip-version-check"]
    return [*pip, "--quiet", "--no-input", "--no-index", "--find-links", str(wheels), requirement]


def quiet_environment() -> dict[str, str]:
    """This environment without pip's own variables and files, and with its index switched off."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return {**kept, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}


def python_of(environment: Path) -> Path:
    """The Python of an environment."""
    windows = environment / "Scripts" / "python.exe"
    return windows if os.name == "nt" else environment / "bin" / "python"


def install(environment: Path, wheels: Path, extras: str = "[lab,node]") -> None:
    """Make the environment and install the course in it; CalledProcessError where that fails."""
    venv.create(environment, with_pip=True)
    command = install_command(python_of(environment), wheels, f"unstuck{extras}")
    subprocess.run(command, env=quiet_environment(), check=True)


def add_npm_packages(environment: Path, packages: Path) -> None:
    """Put the twins' npm package beside them."""
    ask = "import importlib.util as u; print(u.find_spec('unstuck').submodule_search_locations[0])"
    argv = [str(python_of(environment)), "-I", "-c", ask]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    twins = Path(done.stdout.strip()) / "twins"
    shutil.copytree(packages, twins / "node_modules", dirs_exist_ok=True)


def main() -> int:
    """Install, and say how to open the course."""
    if not (KIT / "wheels").is_dir():
        print(f"{KIT} is no offline kit: it has no folder wheels", file=sys.stderr)
        return 1
    print("Installing the course from this folder: a minute or two", flush=True)
    try:
        install(KIT / ".venv", KIT / "wheels")
    except subprocess.CalledProcessError:
        print("pip failed: is this the Python that README.txt names?", file=sys.stderr)
        return 1
    lab_settings.install(KIT / ".venv")
    if (KIT / "node_modules").is_dir():
        add_npm_packages(KIT / ".venv", KIT / "node_modules")
    program = python_of(KIT / ".venv")
    print(f"Done. Open the course: {program} -m jupyterlab notebooks/00_start_here.ipynb")
    return 0


if __name__ == "__main__":
    sys.exit(main())
