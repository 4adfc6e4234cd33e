"""What a learner meets before the first notebook: the files that set the course up agree."""

import importlib
import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import unstuck

ROOT = Path(__file__).resolve().parent.parent
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def project_files() -> list[Path]:
    """Every file that git has; without git, all that is no product of a tool."""
    ask = ["git", "ls-files", "-z"]
    try:
        listed = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        found = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        made = {"__pycache__", "node_modules", "build", "dist", "screenshots"}
        inside = ((path, path.relative_to(ROOT).parts) for path in ROOT.rglob("*"))
        found = [p for p, parts in inside if not made & set(parts) and ".venv" not in parts[0]]
    return [path for path in found if path.is_file()]


# Binder and conda


def conda_names() -> set[str]:
    lines = re.findall(r"^  - ([a-z][\w.-]*)", read("environment.yml"), flags=re.M)
    return set(lines) - {"conda-forge"}


def test_binder_reads_the_same_environment_byte_for_byte():
    assert (ROOT / "environment.yml").read_bytes() == (
        ROOT / "binder" / "environment.yml"
    ).read_bytes()


def test_every_dependency_is_in_the_conda_environment():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["lab"]
    pip_names = {re.match(r"[\w.-]+", requirement)[0] for requirement in asked}
    other_names = {"matplotlib": "matplotlib-base"}
    assert {other_names.get(name, name) for name in pip_names} <= conda_names()
    assert {"nodejs", "pip"} <= conda_names()


def test_python_is_spelled_as_binder_understands_it():
    assert re.findall(r"^  - python\b.*$", read("environment.yml"), flags=re.M) == [
        "  - python=3.14"
    ]


@posix_only
def test_post_build_is_executable_and_strict():
    script = ROOT / "binder" / "postBuild"
    assert script.stat().st_mode & stat.S_IXUSR
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("#!")
    assert "set -euo pipefail" in lines
    assert any(line.endswith("pip install --no-deps -e .") for line in lines)
    assert lines[-1] == "python tools/npm_install.py"


def test_binder_base_versions_lie_within_the_ranges():
    packaging = pytest.importorskip("packaging.requirements")
    project = tomllib.loads(read("pyproject.toml"))["project"]
    asked = map(
        packaging.Requirement, project["dependencies"] + project["optional-dependencies"]["lab"]
    )
    ranges = {requirement.name: requirement.specifier for requirement in asked}
    pins = dict(re.findall(r"^([a-z]+)==(\S+)$", read("tests/binder_base.txt"), flags=re.M))
    assert pins
    assert all(ranges[name].contains(version) for name, version in pins.items())


# JupyterLab's settings


def test_lab_settings_keep_callbacks_on_the_loop_and_ask_no_other_host():
    settings = json.loads(read("binder/overrides.json"))
    assert settings == {
        "@jupyterlab/apputils-extension:kernels-settings": {"commsOverSubshells": "disabled"},
        "@jupyterlab/apputils-extension:notification": {
            "checkForUpdates": False,
            "fetchNews": "false",
        },
    }


def test_installed_jupyterlab_knows_each_of_these_settings():
    schemas = Path(sys.prefix, "share", "jupyter", "lab", "schemas")
    if not schemas.is_dir():
        pytest.skip("JupyterLab is not installed in this environment")
    for plugin, values in json.loads(read("binder/overrides.json")).items():
        schema = json.loads((schemas / (plugin.replace(":", "/") + ".json")).read_text())
        for name, value in values.items():
            allowed = schema["properties"][name]
            choices = [choice["const"] for choice in allowed.get("oneOf", [])]
            assert value in (choices or [True, False])


# The layout with the heartbeat beside its notebook

LAYOUT = "binder/course.jupyterlab-workspace"
LAYOUT_PLACE = "workspaces/course"


def names_in(area: dict) -> list[str]:
    """The names of all that stands in a part of the dock."""
    inner = [name for child in area.get("children", []) for name in names_in(child)]
    return [*area.get("widgets", []), *inner]


def test_the_layout_shows_a_notebook_and_the_output_of_its_heartbeat_cell():
    data, named = json.loads(read(LAYOUT)).values()
    assert f"workspaces/{named['id']}" == LAYOUT_PLACE
    notebook, output = names_in(data["layout-restorer:data"]["main"]["dock"])
    path = data[notebook]["data"]["path"]
    index = data[output]["data"]["index"]
    assert notebook == f"notebook:{path}"
    assert (output, data[output]["data"]["path"]) == (f"cloned-outputs:{path}:{index}", path)
    assert "heartbeat()" in "".join(json.loads(read(path))["cells"][index]["source"])


def test_binder_adds_the_layout():
    assert f"\njupyter lab workspaces import {LAYOUT}\n" in read("binder/postBuild")


@pytest.fixture
def lab(monkeypatch):
    """tools/lab.py, with an environment that it may change."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    monkeypatch.setenv("JUPYTERLAB_WORKSPACES_DIR", "elsewhere")
    return importlib.import_module("lab")


@pytest.mark.parametrize(
    ("more", "place"), [([], "tree/notebooks/00_start_here.ipynb"), (["--beside"], LAYOUT_PLACE)]
)
def test_make_lab_opens_the_first_notebook_and_its_heartbeat_where_asked(
    lab, monkeypatch, more, place
):
    ran = []
    monkeypatch.setattr(lab, "add_layout", lambda folder: True)
    monkeypatch.setattr(lab, "run", ran.extend)
    monkeypatch.setattr(sys, "argv", ["lab.py", *more])
    lab.main()
    assert [word for word in ran if "default_url" in word] == [f"--LabApp.default_url=/lab/{place}"]
    assert "--beside" not in ran


@pytest.mark.once
def test_make_lab_adds_the_layout_and_leaves_a_newer_one_alone(lab, tmp_path):
    pytest.importorskip("jupyterlab")
    assert lab.add_layout(tmp_path)
    assert os.environ["JUPYTERLAB_WORKSPACES_DIR"] == str(tmp_path)
    (made,) = tmp_path.iterdir()
    assert json.loads(made.read_text()) == json.loads(read(LAYOUT))
    made.write_text("the learner's")
    assert lab.add_layout(tmp_path)
    assert made.read_text() == "the learner's"
    os.utime(made, (0, 0))
    assert lab.add_layout(tmp_path)
    assert json.loads(made.read_text()) == json.loads(read(LAYOUT))


@pytest.mark.once
def test_make_lab_goes_on_where_the_layout_cannot_be_added(lab, tmp_path):
    pytest.importorskip("jupyterlab")
    (tmp_path / "file").touch()
    assert not lab.add_layout(tmp_path / "file" / "no folder")
    assert os.environ["JUPYTERLAB_WORKSPACES_DIR"] == "elsewhere"


# Finding a Python


def fake_program(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def find_python(path: Path, **variables: str) -> subprocess.CompletedProcess:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    return subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "find_python.sh")],
        env=clean | {"PATH": str(path)} | variables,
        capture_output=True,
        text=True,
        timeout=30,
    )


@posix_only
class TestFindPython:
    def test_takes_the_newest_that_works(self, tmp_path):
        fake_program(tmp_path, "python3.14", "echo 'pyenv: command not found' >&2; exit 127")
        fake_program(tmp_path, "python3.12", "echo good /the/newer/one")
        fake_program(tmp_path, "python3.11", "echo good /the/older/one")
        found = find_python(tmp_path)
        assert (found.returncode, found.stdout, found.stderr) == (0, "/the/newer/one\n", "")

    def test_really_asks_the_python_that_runs_these_tests(self, tmp_path):
        fake_program(tmp_path, "python3", f'exec "{sys.executable}" "$@"')
        found = find_python(tmp_path)
        version = [found.stdout.strip(), "-c", "import sys; print(sys.version_info[:2])"]
        answer = subprocess.run(version, capture_output=True, text=True, timeout=30).stdout.strip()
        assert answer == str(sys.version_info[:2])

    def test_says_in_one_line_which_newer_one_lacks_ensurepip(self, tmp_path):
        fake_program(tmp_path, "python3.14", "echo bare 3.14.1")
        fake_program(tmp_path, "python3.13", "echo bare 3.13.2")
        fake_program(tmp_path, "python3.11", "echo good /an/older/one")
        found = find_python(tmp_path)
        assert found.stdout == "/an/older/one\n"
        assert found.stderr.count("\n") == 1
        assert "python3.14-venv" in found.stderr

    def test_refuses_what_is_too_old_broken_or_bare_and_says_what_to_install(self, tmp_path):
        fake_program(tmp_path, "python3.13", "exit 1")
        fake_program(tmp_path, "python3.11", "echo bare 3.11.2")
        fake_program(tmp_path, "python3", "echo old 3.9.2")
        found = find_python(tmp_path)
        assert (found.returncode, found.stdout) == (1, "")
        assert all(system in found.stderr for system in ("Debian", "macOS", "Windows", "Fedora"))

    def test_the_named_python_goes_first(self, tmp_path):
        fake_program(tmp_path, "python3.14", "echo good /the/newest")
        named = fake_program(tmp_path, "mine", "echo good /mine")
        assert find_python(tmp_path, PYTHON=str(named)).stdout == "/mine\n"

    def test_a_named_python_that_will_not_do_is_not_passed_over_in_silence(self, tmp_path):
        fake_program(tmp_path, "python3.14", "echo good /the/newest")
        named = fake_program(tmp_path, "mine", "echo old 3.8.1")
        found = find_python(tmp_path, PYTHON=str(named))
        assert found.stdout == "/the/newest\n"
        assert "old 3.8.1" in found.stderr


# Finding a Chromium


@posix_only
class TestChromium:
    def run(self, path: Path) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["/bin/sh", str(ROOT / "tools" / "chromium.sh")],
            env={"PATH": str(path)},
            capture_output=True,
            text=True,
            timeout=30,
        )

    def test_takes_the_one_on_path(self, tmp_path):
        chromium = fake_program(tmp_path, "chromium", "exit 0")
        assert self.run(tmp_path).stdout == f"{chromium}\n"

    def test_root_installs_one_after_an_update(self, tmp_path):
        fake_program(tmp_path, "id", "echo 0")
        log, chromium = tmp_path / "log", tmp_path / "chromium"
        make_one = f"{{ echo '#!/bin/sh' >'{chromium}'; /bin/chmod +x '{chromium}'; }}"
        fake_program(
            tmp_path,
            "apt-get",
            f"echo \"$*\" >>'{log}'; case $* in *install*) {make_one};; esac",
        )
        found = self.run(tmp_path)
        assert (found.returncode, found.stdout) == (0, f"{chromium}\n")
        assert [line.split("-qq ")[1] for line in log.read_text().splitlines()] == [
            "update",
            "install -y --no-install-recommends chromium",
        ]

    def test_others_are_told_how(self, tmp_path):
        fake_program(tmp_path, "id", "echo 1000")
        fake_program(tmp_path, "apt-get", "exit 1")
        found = self.run(tmp_path)
        assert (found.returncode, found.stdout) == (1, "")
        assert "apt install chromium" in found.stderr


# The set-up itself, without a network


@pytest.fixture
def setup_modules(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import environment
    import pip_install
    import trouble

    return environment, pip_install, trouble


class TestEnvironment:
    def test_a_stamp_holds_until_the_wishes_or_the_project_change(
        self, tmp_path, monkeypatch, setup_modules
    ):
        environment, *_ = setup_modules
        made = environment.Environment(tmp_path / "venv")
        made.begin()
        made.python.parent.mkdir()
        made.python.touch()
        assert not environment.Environment(tmp_path / "venv").is_complete({"lab"})
        made.finish({"lab", "test"})
        again = environment.Environment(tmp_path / "venv")
        assert again.is_complete({"lab"})
        assert again.is_complete({"lab", "test"})
        assert not again.is_complete({"lab", "bench"})
        monkeypatch.setattr(environment, "ABI", "another")
        assert not again.is_complete({"lab"})

    def test_an_interrupted_set_up_is_made_anew(self, tmp_path, setup_modules):
        environment, *_ = setup_modules
        environment.Environment(tmp_path / "venv").begin()
        assert "half-made" in environment.Environment(tmp_path / "venv").reason_to_renew()

    def test_another_pythons_environment_is_made_anew(self, tmp_path, setup_modules):
        environment, *_ = setup_modules
        (tmp_path / "pyvenv.cfg").touch()
        assert "not made by Python" in environment.Environment(tmp_path).reason_to_renew()

    def test_a_folder_that_is_no_environment_is_left_alone(self, tmp_path, setup_modules):
        environment, _, trouble = setup_modules
        (tmp_path / "thesis.odt").touch()
        with pytest.raises(trouble.Trouble, match="no virtual environment"):
            environment.Environment(tmp_path).reason_to_renew()


class TestNodePackages:
    def test_are_added_once_the_environment_is_there_and_not_again(
        self, tmp_path, monkeypatch, setup_modules
    ):
        import lab_settings
        import npm_install
        import setup

        called = []
        monkeypatch.setattr(setup.Environment, "is_complete", lambda self, extras: True)
        monkeypatch.setattr(lab_settings, "install", lambda folder: None)
        monkeypatch.setattr(subprocess, "run", lambda command, **options: called.append(command))
        monkeypatch.setattr(setup, "find_node", lambda: "v22.1.0 at a path")
        for done in (False, True):
            monkeypatch.setattr(npm_install, "is_done", lambda folder, done=done: done)
            setup.make_ready(tmp_path / "venv", {"lab"})
        python = str(setup.Environment(tmp_path / "venv").python)
        assert called == [[python, npm_install.__file__]]

    def test_a_set_up_does_not_stop_where_they_cannot_be_added(self, tmp_path, setup_modules):
        import setup

        setup.add_npm_packages(tmp_path / "no python")
        assert list(tmp_path.iterdir()) == []

    def test_by_hand_they_are_added_as_well(self):
        by_hand = read("README.md").partition("## The same by hand")[2].partition("## The note")[0]
        assert len(re.findall(r"^python tools.npm_install\.py$", by_hand, flags=re.M)) == 3


class TestPipsFailures:
    def test_no_network_is_told_from_the_rest(self, tmp_path, setup_modules):
        _, pip_install, trouble = setup_modules
        log = tmp_path / "log"
        log.write_text("WARNING: Retrying after connection broken by 'NewConnectionError(...)'\n")
        found = pip_install.diagnosis(log, "course[lab]")
        assert isinstance(found, trouble.Unreachable)
        assert '".[lab]"' in str(found)

    def test_a_full_disk_is_named(self, tmp_path, setup_modules):
        _, pip_install, trouble = setup_modules
        log = tmp_path / "log"
        log.write_text("ERROR: Could not install: [Errno 28] No space left on device\n")
        assert str(pip_install.diagnosis(log, "course[lab]")) == trouble.DISK_FULL

    def test_anything_else_is_quoted(self, tmp_path, setup_modules):
        _, pip_install, trouble = setup_modules
        log = tmp_path / "log"
        log.write_text("Collecting x\nERROR: No matching distribution found for x>=99\n")
        found = pip_install.diagnosis(log, "course[lab]")
        assert not isinstance(found, trouble.Unreachable)
        assert "x>=99" in str(found)


# What is written down


def test_no_file_names_a_registry_or_somebodys_own_folder():
    names = ["pypi", "files.pythonhosted", "npmjs", "anaconda", "deb.debian", "conda.anaconda"]
    hosts = [f"{name}{end}" for name in names for end in (".org", ".com")]
    private = re.compile(r"(/home/|/Users/|/root/|/work/|[A-Z]:\\+Users\\+)\w")
    found = []
    for path in project_files():
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [(path.name, host) for host in hosts if host in text]
        found += [(path.name, match[0]) for match in private.finditer(text)]
    assert found == []


def test_readme_names_only_targets_that_make_has():
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), flags=re.M))
    documents = read("README.md") + read("CONTRIBUTING.md")
    named = set(re.findall(r"\bmake ([a-z]+)", documents))
    assert {"lab", "test"} <= named <= targets


def test_the_map_in_the_readme_names_every_notebook():
    names = {path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert names <= set(re.findall(r"\d\d_[a-z_]+", read("README.md")))


def on_binder() -> dict[str, str]:
    """What each link to Binder in the README opens there, by the link's name."""
    links = r"^\[(\w+)\]: https://mybinder\.org/v2/gh/[\w-]+/[\w-]+/HEAD\?urlpath=lab/(\S+)$"
    return dict(re.findall(links, read("README.md"), flags=re.M))


def test_each_notebook_has_its_link_to_binder_in_the_readme():
    notebooks = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    opened = {path.name[:2]: f"tree/notebooks/{path.name}" for path in notebooks}
    assert on_binder() == {
        "binder": opened["00"],
        "beside": LAYOUT_PLACE,
        **opened,
    }
    rows = re.findall(
        r"^\| \[(\w+)\]\(\S+\) \|.*\[Binder (\d\d)\]\[(\d\d)\] \|$", read("README.md"), re.M
    )
    assert rows == [(path.stem, path.name[:2], path.name[:2]) for path in notebooks]


def test_links_in_the_readme_lead_somewhere():
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", read("README.md"))
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_version_is_the_same_everywhere():
    assert f"version: {unstuck.__version__}\n" in read("CITATION.cff")
    assert f"## {unstuck.__version__}" in read("CHANGELOG.md")
