"""Promises 5 and 10: labs at their busiest send few messages, and an error is always shown."""

import asyncio
import queue
import time

import pytest
from panel_loop import in_loop, until

from unstuck import labs
from unstuck.labs import panel as heartbeat

BUSY = """
import asyncio
from unstuck import labs
shown = {"kind": "shown"}
heart, lanes, cluster = labs.heartbeat(), labs.lanes(), labs.cluster()
heart.patient.value = "Python and Node.js servers"
pictures = [heart.monitor, lanes.monitor, lanes.picture, cluster.picture]
for picture in pictures:
    picture._handle_custom_msg(shown, [])  # as a browser says that it draws
for panel in (heart, lanes, cluster):
    panel.run.click()
await asyncio.sleep(SECONDS)
"""
SECONDS = 6


def test_all_labs_at_once_send_few_messages(kernel, figure):
    """D07: all that the kernel sends to a browser."""
    cell = kernel.begin(BUSY.replace("SECONDS", str(SECONDS)))
    moments, by_comm = [], {}
    end = time.monotonic() + SECONDS + 30
    while time.monotonic() < end:
        try:
            message = kernel.client.get_iopub_msg(timeout=1)
        except queue.Empty:
            continue
        if message["msg_type"] == "comm_msg":
            moments.append(message["header"]["date"].timestamp())  # when the kernel sent it
            by_comm.setdefault(message["content"]["comm_id"], []).append(moments[-1])
        done = message["content"].get("execution_state") == "idle"
        if done and message["parent_header"].get("msg_id") == cell:
            break
    busiest = most_within(moments, 1.0)
    one = max(most_within(each, 1.0) for each in by_comm.values())
    figure(10, "three labs at once", "100 messages/s", f"{busiest} in the busiest second", 1)
    figure(10, "one widget of them", "12 updates/s", f"{one} in the busiest second", 1)
    assert moments
    assert busiest < 100
    assert one <= 12


TWO = """
import asyncio
from unstuck.labs.monitor import Monitor
pictures = [Monitor(asyncio.get_running_loop()) for _ in range(2)]
async def tell(number):
    pictures[number]._handle_custom_msg({"kind": "shown"}, [])
    for count in range(1000):
        pictures[number].tell({"panel": number, "count": count})
        await asyncio.sleep(0.002)
tasks = [asyncio.create_task(tell(number)) for number in range(2)]
print(*(picture.model_id for picture in pictures))
"""
OVER = "await asyncio.gather(*tasks)\nawait asyncio.sleep(0.5)\nprint('over')"


def test_every_line_is_in_its_own_panel_while_other_cells_print(kernel, figure):
    """H01"""
    cells = {
        kernel.begin(source): "" for source in (TWO, *(f"print({n})" for n in range(20)), OVER)
    }
    last, told, end = list(cells)[-1], {}, time.monotonic() + 60
    while "over" not in cells[last] and time.monotonic() < end:
        message = kernel.client.get_iopub_msg(timeout=30)
        content, cell = message["content"], message["parent_header"].get("msg_id")
        if message["msg_type"] == "stream":
            cells[cell] += content["text"]
        if message["msg_type"] == "comm_msg" and "content" in content["data"]:
            told.setdefault(content["comm_id"], []).extend(content["data"]["content"]["events"])
    first, *rest, _ = cells.values()
    for number, picture in enumerate(first.split()):
        assert told[picture] == [{"panel": number, "count": count} for count in range(1000)]
    assert rest == [f"{n}\n" for n in range(20)]
    figure(10, "lines of two panels beside 20 cells", "1000 of 1000", "1000 and 1000", 1)


def most_within(moments: list[float], seconds: float) -> int:
    """The most moments in any stretch of so many seconds."""
    return max(sum(at <= each < at + seconds for each in moments) for at in moments)


@pytest.mark.parametrize("name", ["heartbeat", "lanes", "roads", "breakeven", "cluster"])
def test_an_error_of_a_run_shows_with_its_type_and_line(name, monkeypatch, figure):
    """C10 H04: within 2 s, and Run can be pressed again."""

    async def breaks(*args, **options):
        await asyncio.sleep(0)
        raise ZeroDivisionError("made to fail")

    async def test():
        panel = getattr(labs, name)()
        monkeypatch.setattr(type(panel), "one_run", breaks)
        start = time.monotonic()
        panel.run.click()
        await until(lambda: "ZeroDivisionError: made to fail" in panel.status, 10)
        took = time.monotonic() - start
        assert "line" in panel.status
        assert 'role="alert"' in panel.status
        await until(lambda: not panel.run.disabled, 5)
        figure(5, f"an error in the lab {name}", "shown within 2 s", f"{took:.2f} s", 1)

    in_loop(test)


def test_an_error_of_a_callback_shows(monkeypatch):
    """H04: the button's own function fails."""

    def breaks(*args):
        raise KeyError("made to fail")

    async def test():
        monkeypatch.setattr(heartbeat.Heartbeat, "_on_keep", breaks)
        panel = labs.heartbeat()
        panel.keep.disabled = False
        panel.keep.click()
        await until(lambda: "KeyError" in panel.status, 5)

    in_loop(test)
