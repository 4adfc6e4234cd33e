"""Draw who works on what: a lane for each worker, and how many tasks wait, over the same seconds.

lanes_chart([trace_of_python, trace_of_node])
"""

import textwrap
from collections.abc import Sequence

from unstuck.figures import Figure
from unstuck.palette import ink
from unstuck.plots import Picture, png_of
from unstuck.traces import Task, Trace
from unstuck.values import listed

_QUEUE = 0.5  # inches for the row of waiting tasks
_NARROW = 0.025  # of the axis: no number has room in a shorter bar
_COLUMNS = ("run", "task", "lane", "process", "waited (s)", "ran (s)", "outcome")


def lanes_chart(traces: Sequence[Trace] | Trace) -> Picture:
    """Draw traces under each other on one time axis that starts when the first task was submitted.

    Solid: a worker works. Hatched: tasks wait. A cross: the task failed.
    """
    traces = listed(traces, "traces", "lanes")
    if not traces:
        raise ValueError("there is nothing to draw yet: make a trace first")
    heights = [inches for trace in traces for inches in (_height(trace), _QUEUE)]
    titles = 0.4 * len(traces)
    figure = Figure(figsize=(7, sum(heights) + titles + 0.6), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.02, hspace=0)
    rows = figure.subplots(len(heights), sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    rows[0].set_xlim(0, 1.02 * max(_seconds(trace) for trace in traces))
    for trace, lanes, queue in zip(traces, rows[::2], rows[1::2], strict=True):
        _draw_lanes(lanes, trace)
        _draw_queue(queue, trace)
    rows[-1].set_xlabel("seconds; solid: a worker works, hatched: tasks wait, cross: failed")
    return Picture(png_of(figure), _alt(traces), _COLUMNS, tuple(_rows(traces)))


def _height(trace: Trace) -> float:
    return max(0.5, 0.26 * (max(trace.lanes()) + 1))


def _start(trace: Trace) -> float:
    return min(task.submitted for task in trace.tasks)


def _seconds(trace: Trace) -> float:
    """Seconds from the first task's submission to the last one's end."""
    return max(max(task.ended for task in trace.tasks) - _start(trace), 1e-3)


def _draw_lanes(axes, trace: Trace) -> None:
    start = _start(trace)
    for task, lane in zip(trace.tasks, trace.lanes(), strict=True):
        _draw_task(axes, task, lane, (task.began - start, ink(_meaning(trace, task))))
    count = max(trace.lanes()) + 1
    axes.set_yticks(range(count), [f"lane {lane + 1}" for lane in range(count)], fontsize=8)
    axes.set_ylim(count - 0.4, -0.6)
    axes.tick_params(axis="both", length=0)
    axes.set_title(textwrap.fill(repr(trace), 92), loc="left", fontsize=9)
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _meaning(trace: Trace, task: Task) -> str:
    return "failed" if task.failed else trace.runtime


def _draw_task(axes, task: Task, lane: int, drawn: tuple) -> None:
    begin, style = drawn
    told = task.worker is not None  # a worker that died has not said when it began
    look = {"edgecolor": "white" if told else style.light, "linewidth": 0.8}
    face = style.light if told else "white"
    axes.barh(lane, task.ran, left=begin, height=0.78, color=face, **look)
    if task.failed:  # at its end, where also a very short task can be seen
        axes.plot(begin + task.ran, lane, style.marker, color=style.light, markersize=8,
                  markeredgecolor="white", clip_on=False, zorder=4)  # fmt: skip
    if task.ran > _NARROW * axes.get_xlim()[1]:
        number = axes.text(begin + task.ran / 2, lane, str(task.number), fontsize=7)
        number.set_color("white" if told else "black")
        number.set(ha="center", va="center")


def _draw_queue(axes, trace: Trace) -> None:
    start, style = _start(trace), ink("waiting")
    at, numbers = zip(*[(start, 0), *trace.waiting()], strict=True)
    at = [*(moment - start for moment in at), _seconds(trace)]
    numbers = [*numbers, numbers[-1]]
    drawn = {"facecolor": "white", "edgecolor": style.light, "hatch": style.hatch}
    axes.fill_between(at, numbers, step="post", linewidth=0.8, **drawn)
    most = _most(trace)
    axes.set_ylim(0, max(most, 1) * 1.15)
    axes.set_yticks([0, most] if most else [0], [0, most] if most else [0], fontsize=8)
    axes.set_ylabel("waiting", fontsize=8, rotation=0, ha="right", va="center")
    axes.spines[["top", "right"]].set_visible(False)


def _alt(traces: Sequence[Trace]) -> str:
    return "Who works on what. " + " ".join(
        f"{trace!r}; lanes: {max(trace.lanes()) + 1}, tasks waiting at most: {_most(trace)}, "
        f"seconds until all had ended: {_seconds(trace):.2f}."
        for trace in traces
    )


def _most(trace: Trace) -> int:
    return max((number for _, number in trace.waiting()), default=0)


def _rows(traces: Sequence[Trace]):
    for trace in traces:
        for task, lane in zip(trace.tasks, trace.lanes(), strict=True):
            process = task.worker[0] if task.worker else "unknown"
            outcome = f"failed: {task.failed}" if task.failed else "ok"
            name = f"{trace.name}, {trace.runtime}"
            yield name, task.number, lane + 1, process, task.waited, task.ran, outcome
