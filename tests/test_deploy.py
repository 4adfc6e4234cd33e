"""The manifests: valid for Kubernetes, and true to what the server in a pod does."""

import ast
import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from unstuck import workloads
from unstuck.asking import ask
from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.service import free_port

pytestmark = pytest.mark.once  # Python's version changes nothing here

DEPLOY = Path(__file__).parents[1] / "deploy"
VERSIONS = ("1.30", "1.37")  # the oldest that has the sleep of preStop, and a new one
yaml = pytest.importorskip("yaml")


@pytest.fixture(scope="module")
def manifests() -> dict[str, dict]:
    """Each manifest by its kind."""
    text = (DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")
    return {each["kind"]: each for each in yaml.safe_load_all(text)}


@pytest.fixture(scope="module")
def pod(manifests) -> dict:
    return manifests["Deployment"]["spec"]["template"]["spec"]


@pytest.fixture(scope="module")
def container(pod) -> dict:
    assert len(pod["containers"]) == 1
    return pod["containers"][0]


@pytest.fixture(scope="module")
def words() -> list[str]:
    """What the image runs: the list of words after CMD."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", "")
    return json.loads(re.search(r"^CMD (\[.*\])$", text, re.MULTILINE)[1])


def option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1]


def seconds_until_killed(probe: dict) -> int:
    """The shortest silence that ends a pod: the probes between, and the wait for the last one."""
    return (probe["failureThreshold"] - 1) * probe["periodSeconds"] + probe["timeoutSeconds"]


@pytest.mark.parametrize("version", VERSIONS)
def test_each_manifest_is_valid_by_the_schema_and_has_no_unknown_word(manifests, version):
    validator = pytest.importorskip("kubernetes_validate")
    for manifest in manifests.values():
        validator.validate(manifest, version, strict=True)


def test_the_schema_refuses_a_misspelt_word(manifests):
    validator = pytest.importorskip("kubernetes_validate")
    broken = {**manifests["Service"], "spek": {}}
    with pytest.raises(validator.ValidationError):
        validator.validate(broken, VERSIONS[-1], strict=True)


def test_all_kinds_are_there_and_mean_the_same_pods(manifests):
    labels = manifests["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert manifests["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert manifests["Service"]["spec"]["selector"] == labels
    assert manifests["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    target = manifests["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", "unstuck")


def test_a_pod_runs_one_process(words):
    """K6"""
    assert words[:4] == ["python", "-m", "uvicorn", "unstuck.asgi_app:app"]
    assert "--workers" not in words
    assert "sh" not in words


def test_the_autoscaler_alone_says_how_many_and_two_are_the_least(manifests):
    assert "replicas" not in manifests["Deployment"]["spec"]
    scale = manifests["HorizontalPodAutoscaler"]["spec"]
    assert 2 <= scale["minReplicas"] < scale["maxReplicas"]
    assert manifests["PodDisruptionBudget"]["spec"]["minAvailable"] < scale["minReplicas"]


def test_cpu_and_memory_are_requested_and_limited(container):
    for kind in ("requests", "limits"):
        assert set(container["resources"][kind]) == {"cpu", "memory"}


def test_the_port_is_the_same_everywhere(manifests, container, words):
    (port,) = container["ports"]
    assert str(port["containerPort"]) == option(words, "--port")
    assert manifests["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[name]["httpGet"]["port"] == port["name"]


def test_a_busy_pod_rests_and_is_not_killed(container):
    """The longest work of the app ends before liveness gives up; readiness gives up at once."""
    assert seconds_until_killed(container["livenessProbe"]) > 60
    assert seconds_until_killed(container["readinessProbe"]) < 10
    with pytest.raises(ValueError, match="at most 60"):
        workloads.check_seconds(61)


def test_the_platform_waits_longer_than_the_server_drains(pod, container, words):
    drain = int(option(words, "--timeout-graceful-shutdown"))
    sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > drain + sleep


def test_the_server_keeps_a_connection_longer_than_a_proxy_in_front(words):
    assert int(option(words, "--timeout-keep-alive")) > 60


def test_the_image_has_what_the_app_imports():
    """Each package from outside that the app and its server load is named, and only those."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    named = re.search(r"pip install --no-cache-dir ([a-z ]+)\n", text)[1].split()
    code = "import sys, unstuck.asgi_app; print(sorted({n.partition('.')[0] for n in sys.modules}))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(told.stdout)) - set(sys.stdlib_module_names)
    assert not {"matplotlib", "ipywidgets", "IPython"} & loaded
    assert {"starlette", "uvicorn"} <= loaded & set(named)


def started(words: list[str]) -> tuple[subprocess.Popen, str]:
    """Run what the image runs, but on this machine's own address and a free port."""
    port = free_port()
    local = {"--host": "127.0.0.1", "--port": str(port)}
    mine = [local.get(before, word) for before, word in zip(["", *words], words, strict=False)]
    return subprocess.Popen([sys.executable, *mine[1:]]), f"http://127.0.0.1:{port}"


async def answers(url: str) -> None:
    """Wait until the server answers."""
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(ChildFailed):
                await ask(url)
                return
            await asyncio.sleep(0.05)


@pytest.mark.skipif(os.name == "nt", reason="a pod runs Linux; here is no TERM")
def test_what_the_pod_runs_answers_the_probe_and_ends_gracefully(container, words):
    async def seen():
        try:
            await answers(url)
            probed = await ask(url, container["readinessProbe"]["httpGet"]["path"])
            asking = asyncio.create_task(ask(url, "/block?work=wait&seconds=10"))
            await asyncio.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            answer = await asking
            return probed, answer, process.pid, await asyncio.to_thread(process.wait, 20)
        finally:
            process.kill()
            process.wait()

    process, url = started(words)
    probed, answer, pid, code = asyncio.run(seen())
    assert probed["pid"] == answer["pid"] == pid
    assert code in (0, -signal.SIGTERM)  # uvicorn raises the signal again once it has finished


def test_every_probed_path_is_one_of_the_app(container):
    async def seen():
        async with Cluster(workers=1, app="unstuck.asgi_app:app") as cluster:
            probes = ("startupProbe", "readinessProbe", "livenessProbe")
            return [await ask(cluster.url, container[each]["httpGet"]["path"]) for each in probes]

    assert all("pid" in each for each in asyncio.run(seen()))


def test_the_readme_is_short_and_names_what_is_there(manifests):
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    for word in ("kubernetes.yaml", "deploy/Containerfile", "livenessProbe", "UNSTUCK_HATCH"):
        assert word in text
