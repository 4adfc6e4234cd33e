"""A real JupyterLab and a real Chromium for the browser tests.

JupyterLab says "idle" before it is; so the page is asked for the objects themselves: the
notebook's context, its session and its kernel must be ready before a command is given.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Error

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "unstuck"
SIZE = {"width": 1280, "height": 1600}
LIGHT = "jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})"
DARK = LIGHT.replace("Light", "Dark")

_RUN_ALL = """async () => {
  const app = window.jupyterapp;
  const widget = app.shell.currentWidget;
  await widget.context.ready;
  await widget.sessionContext.ready;
  await widget.sessionContext.session.kernel.info;
  await app.commands.execute('notebook:run-all-cells');
}"""

_HEARD = """button => {
  const heard = { click: false };
  button.addEventListener('click', () => { heard.click = true; }, { once: true });
  return heard;
}"""


def chromium() -> str | None:
    """Return the path of a Chromium or Chrome on this machine, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next(filter(None, map(shutil.which, names)), None)


@contextlib.contextmanager
def jupyter_lab(root: Path):
    """Start JupyterLab on a free port with `root` as its folder; give its address."""
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyterlab",
                "--no-browser",
                "--ip=127.0.0.1",
                "--port=0",
                f"--IdentityProvider.token={TOKEN}",
                f"--ServerApp.root_dir={root}",
                "--LabApp.expose_app_in_browser=True",
                "--allow-root",
            ],
            env={
                **_environment(),
                "JUPYTER_CONFIG_DIR": f"{home}/config",
                "JUPYTER_RUNTIME_DIR": f"{home}/runtime",
                "JUPYTER_DATA_DIR": f"{home}/data",
                "JUPYTERLAB_WORKSPACES_DIR": f"{home}/workspaces",
            },
            stdout=subprocess.DEVNULL,
            stderr=(log := open(f"{home}/log", "w")),  # noqa: SIM115 (it lives as long as Lab)
        )
        try:
            yield _address(Path(home), server)
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(5)
            log.close()


def _environment() -> dict[str, str]:
    """This environment with full-sized work: a line must stay flat long enough to be seen."""
    return {name: value for name, value in os.environ.items() if name != "UNSTUCK_SMALL"}


def _address(home: Path, server: subprocess.Popen, deadline: float = 60) -> str:
    import json

    end = time.monotonic() + deadline
    while time.monotonic() < end:
        for file in (home / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(ValueError, KeyError, urllib.error.URLError):
                url = json.loads(file.read_text())["url"]
                urllib.request.urlopen(f"{url}api?token={TOKEN}", timeout=2).close()
                return url
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start: {(home / 'log').read_text()[-2000:]}")


@contextlib.contextmanager
def browser_page(playwright, **context):
    """Open a new page in a new, empty Chromium; `context` is passed on (colour scheme, size)."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    try:
        page = browser.new_context(**{"viewport": SIZE, **context}).new_page()
        page.set_default_timeout(60_000)
        page.faults, page.hosts = [], set()
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda entry: _note_console(page, entry))
        page.on("request", lambda request: page.hosts.add(request.url.split("/")[2].split(":")[0]))
        yield page
    finally:
        browser.close()


def _note_console(page, entry) -> None:
    if entry.type == "error":
        page.faults.append(entry.text)


def open_notebook(page, address: str, path: str) -> None:
    """Open one notebook in a workspace of its own and wait until JupyterLab has it."""
    page.goto(f"{address}lab/workspaces/test/tree/{path}?token={TOKEN}&reset")
    page.wait_for_function(
        "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel != null"
    )


def run_all(page) -> None:
    """Run all cells and wait until they have run."""
    page.evaluate(_RUN_ALL)


def until(page, condition: str, told: str, seconds: float = 40) -> None:
    """Wait for a condition on the page; where it does not come, tell what `told` shows instead."""
    try:
        page.wait_for_function(condition, timeout=seconds * 1000)
    except Error as error:
        shown = page.locator(told).all_inner_texts()
        words = f"not within {seconds} s: {condition}; the panel says {shown}"
        raise AssertionError(words) from error


def frames_in_3_s(picture) -> int:
    """How often a live picture is drawn in 3 s."""
    before = int(picture.get_attribute("data-frames"))
    picture.page.wait_for_timeout(3000)
    return int(picture.get_attribute("data-frames")) - before


def click(button) -> None:
    """Click a button; once more where the page moved under the mouse and it heard nothing."""
    for _ in range(2):
        heard = button.evaluate_handle(_HEARD)
        button.click()
        if heard.evaluate("heard => heard.click"):
            return
    raise AssertionError("the button heard none of two clicks")
