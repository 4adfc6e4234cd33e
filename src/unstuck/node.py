"""Run a Node.js twin and read its JSON lines; a recorded run where Node cannot be had.

A twin ends by itself and prints a line of kind "trial" or another result. Where it ends without
one, or does not end in time, that is an error with its exit code and its last words; it is never
waited for without a deadline.
"""

import asyncio
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from unstuck.children import Child, ChildFailed
from unstuck.machine import find_node
from unstuck.worker_count import default_workers

# Variables that bend Node in ways that no twin expects (inspector ports, unknown flags).
_UNWANTED = ("NODE_OPTIONS", "NODE_V8_COVERAGE", "NODE_INSPECT_RESUME_ON_START")


class TwinFailed(ChildFailed):
    """A twin ended without a result; the text has its exit code and its standard error."""


@dataclass(frozen=True)
class TwinRun:
    """The JSON objects that a twin printed, and where they come from."""

    lines: tuple[dict, ...]
    recorded: bool = False
    note: str = ""
    machine: str = ""
    date: str = ""

    @property
    def result(self) -> dict:
        """The twin's result: the last line that has a kind."""
        return [line for line in self.lines if "kind" in line][-1]


def twin_path(stem: str) -> Path:
    """Return the twin's file; ValueError where there is none of that name."""
    path = Path(str(resources.files("unstuck"))) / "twins" / f"{stem}.js"
    if not re.fullmatch(r"\w{1,60}", str(stem)) or not path.is_file():
        raise ValueError(f"there is no Node.js twin {stem!r:.60}")
    return path.resolve()


def show_twin(stem: str) -> str:
    """Return the source of a twin, to be read in the notebook."""
    return twin_path(stem).read_text(encoding="utf-8")


def twin_environment() -> dict[str, str]:
    """Return this process's environment without the variables that bend Node."""
    return {name: value for name, value in os.environ.items() if name not in _UNWANTED}


async def run_twin(
    stem: str,
    deadline: float = 60.0,
    env: dict[str, str] | None = None,
    on_line: Callable[[dict], None] | None = None,
    **options,
) -> TwinRun:
    """Run twins/`stem`.js with `options` (plain JSON values); at most `deadline` seconds.

    `on_line` is told each object as it comes; a recorded run is not played back.
    `env` adds variables to its environment, such as UV_THREADPOOL_SIZE. A twin never counts CPUs:
    unless you give `workers`, it gets as many as fit this machine.

    Where Node.js, or an npm package of the twin, is missing, the recorded run is returned, labelled
    as recorded. Raises TwinFailed where the twin fails, hangs or prints no result.
    """
    script = twin_path(stem)
    node = await asyncio.to_thread(find_node)  # it runs `node --version`, which may hang
    if node.path is None:
        return recorded_run(stem, node.problem)
    lines: list[dict] = []
    options = {"workers": default_workers().count, **options}
    child = Child(
        [node.path, str(script), json.dumps(options)],
        env={**twin_environment(), **(env or {})},
        on_line=_collector(lines, script.name, on_line),
    )
    async with child:
        code = await _code(child, script.name, deadline)
    if code != 0 and not lines and (missing := _missing_package(child)):
        return recorded_run(stem, missing)
    if code != 0 or not any("kind" in line for line in lines):
        raise TwinFailed(f"{script.name} ended with exit code {code} {_last_words(lines, child)}")
    return TwinRun(tuple(lines))


def _collector(lines: list[dict], name: str, on_line: Callable | None) -> Callable[[str], None]:
    def collect(text: str) -> None:
        lines.append(_parsed(text, name))
        if on_line is not None:
            on_line(lines[-1])

    return collect


async def _code(child: Child, name: str, deadline: float) -> int:
    try:
        return await child.wait(deadline)
    except TimeoutError as error:
        raise TwinFailed(f"{name} did not end within {deadline:g} s and was stopped") from error


def _missing_package(child: Child) -> str | None:
    """Say which npm package Node did not find, and how to get it; None where that is not it."""
    found = re.search(r"Cannot find package '([^']+)'", child.error_text)
    if found is None:
        return None
    mend = f"run 'python tools/npm_install.py', or 'npm ci' in {twin_path('lifeline').parent}"
    return f"{found[1]} is not installed: {mend}."


def _parsed(text: str, name: str) -> dict:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"text": text, "twin": name}


def _last_words(lines: list[dict], child: Child) -> str:
    printed = "and no result" if not lines else "after some output"
    return f"{printed}. It said: {child.error_text[-2000:] or 'nothing'}"


def recorded_run(stem: str, reason: str | None) -> TwinRun:
    """Return the run of twin `stem` that ships with the course, labelled with its machine."""
    file = resources.files("unstuck") / "recorded" / f"{stem}.json"
    if not file.is_file():
        raise TwinFailed(f"{reason} There is no recorded run of {stem}.js either.")
    record = json.loads(file.read_text(encoding="utf-8"))
    note = f"Recorded on {record['date']} on {record['machine']}. {reason or ''}".strip()
    return TwinRun(tuple(record["lines"]), True, note, record["machine"], record["date"])
