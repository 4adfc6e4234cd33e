"""The offline kit: pip is told to ask no index, and the course really installs from it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbconvert")  # the kit holds the site

ROOT = Path(__file__).parents[1]
NOBODY = "http://127.0.0.1:9"  # a proxy that nobody is behind


@pytest.fixture
def tools(monkeypatch):
    """tools/offline.py and tools/install_offline.py as modules."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import install_offline
    import offline

    return offline, install_offline


def test_the_wheels_are_those_of_the_course_with_lab_and_node(tools, tmp_path):
    command = tools[0].wheel_command(tmp_path)
    assert command[:1] == [sys.executable]
    assert command[-3:] == ["--wheel-dir", str(tmp_path), f"{ROOT}[lab,node]"]


def test_pip_is_told_to_ask_no_index(tools, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://elsewhere.invalid")
    command = tools[1].install_command(Path("python"), tmp_path, "unstuck[lab]")
    assert {"--isolated", "--no-index"} <= set(command)
    assert command[command.index("--find-links") + 1] == str(tmp_path)
    environment = tools[1].quiet_environment()
    kept = {name: value for name, value in environment.items() if name.startswith("PIP_")}
    assert kept == {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}


def test_a_folder_with_other_things_is_left_alone(tools, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="other things"):
        tools[0].make(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_the_kit_holds_the_course_and_its_installer(tools, tmp_path):
    tools[0].copy_course(tmp_path)
    names = ["notebooks/00_start_here.ipynb", "workshop/class_data.ipynb", "README.txt"]
    names += ["tools/install_offline.py", "tools/lab_settings.py", "binder/overrides.json"]
    assert [name for name in names if not (tmp_path / name).is_file()] == []
    assert f"Python {sys.version_info[0]}.{sys.version_info[1]}" in (
        tmp_path / "README.txt"
    ).read_text("utf-8")


def test_an_installer_without_its_kit_says_so(tools, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tools[1], "KIT", tmp_path)
    assert tools[1].main() == 1
    assert "no offline kit" in capsys.readouterr().err


@pytest.mark.once
@pytest.mark.timeout(300)
def test_the_course_installs_with_the_network_off(tools, tmp_path, monkeypatch):
    """Wheels with the network, without the large extras; then all of it behind a dead proxy."""
    offline, installer = tools
    made = subprocess.run(
        offline.wheel_command(tmp_path / "wheels", ""), capture_output=True, text=True
    )
    if made.returncode and os.environ.get("CI") != "true":
        pytest.skip(f"pip could not fetch the wheels: {made.stderr[-300:]}")
    assert made.returncode == 0, made.stderr[-1000:]
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, NOBODY)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    installer.install(tmp_path / "new", tmp_path / "wheels", "")
    python = installer.python_of(tmp_path / "new")
    said = subprocess.check_output(
        [python, "-I", "-c", "import unstuck.plots as plots; print(plots.__file__)"], text=True
    )
    assert Path(said.strip()).is_relative_to(tmp_path / "new")
    with pytest.raises(subprocess.CalledProcessError):  # what the wheels lack is fetched by nobody
        subprocess.run(
            installer.install_command(python, tmp_path / "wheels", "jupyterlab"),
            env=installer.quiet_environment(),
            stderr=subprocess.DEVNULL,
            check=True,
        )
