"""Makes the offline kit: all that a machine like this one needs to install and read the course.

    python tools/offline.py [folder]        into offline/, or into this folder

It holds wheels/ (for this Python and this system), the npm package of the twins, the notebooks, the
rendered site/, and tools/install_offline.py, which installs from the kit with the network off.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import npm_install
import site_build

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = "lab,node"  # node brings Node.js itself, as a wheel
MARK = ".unstuck-offline"
READ_ME = """The Unstuck course, for a machine without a network.

To read: open site/index.html in a browser.
To run: install for Python {python} on {system}, and nothing else:

    python tools/install_offline.py

It makes the environment .venv in this folder, and says how to open the course.
"""


def wheel_command(wheels: Path, extras: str = f"[{EXTRAS}]") -> list[str]:
    """pip's command that puts the course and all it needs into `wheels`, ready to be installed.

    `pip wheel`, not `pip download`: what has no wheel is built here, so nothing is built there.
    """
    pip = [sys.executable, "-I", "-m", "pip", "wheel", "--disable-pip-version-check", "--no-input"]
    return [*pip, "--quiet", "--wheel-dir", str(wheels), f"{ROOT}{extras}"]


def make(folder: Path) -> None:
    """Write the whole kit into `folder`, in place of an older one.

    FileExistsError for a folder with other things in it; CalledProcessError where pip fails.
    """
    make_room(folder)
    print("1/3 Wheels: a minute or two", flush=True)
    subprocess.run(wheel_command(folder / "wheels"), check=True)
    print(f"2/3 {npm_install.install()}", flush=True)
    copy_course(folder)
    print("3/3 The site", flush=True)
    site_build.build(folder / "site")


def make_room(folder: Path) -> None:
    """An empty folder with a mark in it, by which the next run knows it as a kit."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise FileExistsError(f"{folder} holds other things than a kit: name another folder")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


def copy_course(folder: Path) -> None:
    """Notebooks, class data, the twins' npm package where there is one, and the installer."""
    unwanted = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__", "service.py", "shop.py")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=unwanted)
    shutil.copytree(ROOT / "workshop", folder / "workshop", ignore=unwanted)
    packages = npm_install.TWINS / "node_modules"
    if packages.is_dir():
        shutil.copytree(packages, folder / "node_modules")
    for name in ("tools/install_offline.py", "tools/lab_settings.py", "binder/overrides.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    python = "{}.{}".format(*sys.version_info)
    text = READ_ME.format(python=python, system=sys.platform)
    (folder / "README.txt").write_text(text, encoding="utf-8")


def main(words: list[str]) -> int:
    """Make the kit, and say how large it is."""
    folder = Path(words[0]).resolve() if words else ROOT / "offline"
    make(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.0f} MB. Copy it, and there: python tools/install_offline.py")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
