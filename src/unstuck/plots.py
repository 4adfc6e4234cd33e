"""Figures: data in, a picture with its alt text and its table out.

A picture is drawn without pyplot, so that nothing global changes and a thread may draw it.
"""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass

from unstuck.figures import Figure
from unstuck.late_interrupts import interrupts_wait
from unstuck.palette import ink
from unstuck.values import listed

_CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # words stand clear of lines


@dataclass(frozen=True, repr=False)
class Picture:
    """A figure as PNG, what it shows in words, and its numbers as a table."""

    png: bytes
    alt: str
    columns: tuple[str, ...]
    rows: tuple[tuple, ...]

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        return self.html()

    def html(self) -> str:
        """The picture with its alt text and its table, as HTML."""
        data = base64.b64encode(self.png).decode()
        return (
            f'<figure style="margin: 0"><img style="max-width: 100%" alt="{html.escape(self.alt)}" '
            f'src="data:image/png;base64,{data}"/><figcaption>{html.escape(self.alt)}'
            f"</figcaption></figure><details><summary>The numbers as a table</summary>"
            f"{self.table()}</details>"
        )

    def table(self) -> str:
        """The numbers as an HTML table."""
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.columns)
        lines = ("".join(f"<td>{html.escape(_cell(v))}</td>" for v in row) for row in self.rows)
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def lag_chart(trials: Sequence) -> Picture:
    """Draw how late the loop was in each trial: median beat and latest beat, in milliseconds."""
    trials = listed(trials, "trials, as measure() returns them", "lag_max_ms")
    if not trials:
        raise ValueError("there is no trial to draw yet: run the cells above first")
    figure = Figure(figsize=(7, 1.4 + 0.5 * len(trials)), layout="constrained")
    _draw_lag(figure.subplots(), trials)
    worst = max(trials, key=lambda trial: trial.lag_max_ms)
    return Picture(
        png_of(figure),
        f"Lateness of the loop in {len(trials)} trials. The latest beat of all came "
        f"{worst.lag_max_ms:.1f} ms late, in {_name(worst)}.",
        ("trial", "work", "median (ms)", "p99 (ms)", "latest (ms)", "beats missed", "beats"),
        tuple(
            (_name(t), t.work, t.lag_p50_ms, t.lag_p99_ms, t.lag_max_ms, t.missed, t.beats)
            for t in trials
        ),
    )


def _draw_lag(axes, trials: Sequence) -> None:
    for place, trial in enumerate(trials):
        style, high = ink(trial.runtime), max(trial.lag_max_ms, 0.1)
        axes.barh(place, high, color=style.light, hatch=style.hatch, alpha=0.75, edgecolor="white")
        axes.plot(max(trial.lag_p50_ms, 0.1), place, marker="|", color="black", markersize=14)
        axes.text(high * 1.1, place, f"{high:.1f} ms", va="center", bbox=_CLEAR)
    axes.set_yticks(range(len(trials)), [_name(trial) for trial in trials])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlim(0.1, max(max(trial.lag_max_ms for trial in trials), 10) * 8)
    axes.axvline(50, color=ink("quiet").light, linestyle=":")
    axes.set_xlabel(
        "lateness of the loop (ms, log scale); bar: latest beat, mark: median, dotted: 50 ms"
    )
    axes.spines[["top", "right"]].set_visible(False)


def _name(trial) -> str:
    return f"{trial.hatch}, {trial.runtime}{' (recorded)' if trial.recorded else ''}"


def request_chart(seen: Sequence) -> Picture:
    """Draw when each light request was sent, and how long it waited, around the block."""
    seen = listed(seen, "what watch() returns", "calm_p99_ms")
    if not seen:
        raise ValueError("there is nothing to draw yet: watch a server first")
    figure = Figure(figsize=(7, 3.4), layout="constrained")
    _draw_requests(figure.subplots(), seen)
    slowest = max(seen, key=lambda each: each.p99_ms)
    return Picture(
        png_of(figure),
        f"Waits of light requests in {len(seen)} runs. The slowest, {slowest.patient} with "
        f"{slowest.hatch}, kept the 99th percentile waiting {slowest.p99_ms:.1f} ms, against "
        f"{slowest.calm_p99_ms:.1f} ms in the calm before.",
        ("server", "hatch", "calm p99 (ms)", "p50 (ms)", "p99 (ms)", "most waiting", "answered"),
        tuple(
            (s.patient, s.hatch, s.calm_p99_ms, s.p50_ms, s.p99_ms, s.most_waiting, s.answered)
            for s in seen
        ),
    )


def _draw_requests(axes, seen: Sequence) -> None:
    for each in seen:
        style = ink(each.runtime)
        at, waited = zip(*each.requests, strict=True) if each.requests else ((), ())
        label = f"{each.patient}, {each.hatch}"
        axes.plot(
            [moment - each.block_at for moment in at],
            [1e3 * wait for wait in waited],
            style.marker,
            color=style.light,
            label=label,
            fillstyle="none" if each.runtime == "node" else "full",
            markersize=5,
        )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("seconds since the heavy request")
    axes.set_ylabel("wait (ms, log scale)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def png_of(figure: Figure) -> bytes:
    """Return a figure as PNG bytes, the same ones for the same figure."""
    buffer = io.BytesIO()
    with interrupts_wait():
        figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()
