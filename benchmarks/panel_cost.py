"""What the live heartbeat costs: CPU of the kernel, messages and frames a second.

    python benchmarks/panel_cost.py [--seconds 10] [--rounds 3]

A real JupyterLab shows the panel of notebook 00 in Chromium, idle, with the kernel's heart
beating. The same kernel without the panel in sight is the baseline.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright
from tables import markdown

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "browser"))
import lab_server  # noqa: E402  (it lies beside the browser tests, which need it most)


def kernel_of_this_run() -> psutil.Process:
    """The kernel process that the JupyterLab started by this script has started."""
    tree = psutil.Process().children(recursive=True)
    return next(process for process in tree if "ipykernel_launcher" in process.cmdline())


def cpu_percent(process: psutil.Process, seconds: float) -> float:
    """CPU seconds that a process used, per hundred seconds."""
    start, used = time.perf_counter(), sum(process.cpu_times()[:2])
    time.sleep(seconds)
    return (sum(process.cpu_times()[:2]) - used) / (time.perf_counter() - start) * 100


def run_round(address: str, playwright, seconds: float) -> list[float]:
    """[CPU % with the panel, CPU % without, messages a second, frames a second]."""
    messages = []

    def heard(payload) -> None:
        data = payload if isinstance(payload, bytes) else payload.encode()
        if b'"comm_msg"' in data:
            messages.append(time.perf_counter())

    with lab_server.browser_page(playwright) as page:
        page.on("websocket", lambda socket: socket.on("framereceived", heard))
        lab_server.open_notebook(page, address, "00_start_here.ipynb")
        lab_server.run_all(page)
        monitor = page.locator(".unstuck-monitor")
        monitor.wait_for()
        monitor.scroll_into_view_if_needed()
        page.wait_for_timeout(8000)  # until the cells below have run
        messages.clear()
        frames = int(monitor.get_attribute("data-frames"))
        kernel, start = kernel_of_this_run(), time.perf_counter()
        end = start + seconds
        used = sum(kernel.cpu_times()[:2])
        while time.perf_counter() < end:
            page.wait_for_timeout(200)
        took = time.perf_counter() - start
        busy = (sum(kernel.cpu_times()[:2]) - used) / took * 100
        frames = int(monitor.get_attribute("data-frames")) - frames
    time.sleep(61)  # the kernel stops to beat a minute after it last heard of a browser
    return [busy, cpu_percent(kernel, seconds), len(messages) / took, frames / took]


def main() -> None:
    """Print one row a round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        shutil.copy(ROOT / "notebooks" / "00_start_here.ipynb", folder)
        rows = []
        for number in range(arguments.rounds):
            with lab_server.jupyter_lab(Path(folder)) as address:
                found = run_round(address, playwright, arguments.seconds)
            rows.append([str(number + 1), *(f"{value:.2f}" for value in found)])
    print(markdown(["round", "CPU %, panel", "CPU %, no panel", "messages/s", "frames/s"], rows))


if __name__ == "__main__":
    main()
