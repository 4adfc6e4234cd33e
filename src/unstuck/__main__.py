"""The course in a terminal: `python -m unstuck` prints the machine card.

The verbs do what the panels do, without widgets: `trial`, `breakeven`, `serve`, `load`, `claims`,
`card`, `room`, `progress`.
"""

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING

from unstuck import card_verb, claims_verb, hatches, load_verb, progress_verb, serve_verb
from unstuck.breakeven_budget import SECONDS
from unstuck.children import ChildFailed
from unstuck.workloads import check_seconds, sized

if TYPE_CHECKING:
    from unstuck.trial import Trial


def main(words: list[str] | None = None) -> int:
    """Run the command line; the exit code is 0, or 2 where a request cannot be met."""
    arguments = _parser().parse_args(words)
    try:
        return arguments.do(arguments)
    except (ValueError, TypeError, ChildFailed) as error:
        print(f"unstuck: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("unstuck: stopped by you", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m unstuck", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(do=_card)
    verbs = parser.add_subparsers(title="verbs")
    ours = (_add_trial, _add_breakeven, serve_verb.add, load_verb.add, claims_verb.add)
    for add in (*ours, card_verb.add, card_verb.add_room, progress_verb.add):
        add(verbs).add_argument("--json", action="store_true", help="print JSON, for programs")
    return parser


def _add_trial(verbs) -> argparse.ArgumentParser:
    trial = verbs.add_parser("trial", help="run one experiment and print what it showed")
    trial.add_argument("hatch", help=f"one of: {', '.join(hatches.names())}")
    trial.add_argument(
        "--runtime",
        choices=("python", "node"),
        default="python",
        help="python (the default), or the hatch's Node.js twin",
    )
    trial.add_argument("--seconds", type=_seconds, default=0.5, help="size of the work (0.5)")
    trial.add_argument(
        "--work",
        choices=("prime", "digest", "wait"),
        default="prime",
        help="what Python runs; each Node.js twin has its own work",
    )
    trial.set_defaults(do=_trial)
    return trial


def _add_breakeven(verbs) -> argparse.ArgumentParser:
    finder = verbs.add_parser("breakeven", help="find from which task on each hatch pays here")
    finder.add_argument(
        "--seconds", type=float, default=SECONDS, help=f"at most so long ({SECONDS})"
    )
    finder.set_defaults(do=_breakeven)
    return finder


def _seconds(text: str) -> float:
    try:
        return check_seconds(float(text))
    except (TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _card(arguments) -> int:
    from unstuck.machine import card, describe

    found = card()
    print(json.dumps(found.as_dict()) if arguments.json else describe(found))
    return 0


def _trial(arguments) -> int:
    trial = asyncio.run(_measured(arguments))
    print(json.dumps(trial.as_dict()) if arguments.json else _told(trial))
    return 0


async def _measured(arguments) -> "Trial":
    from unstuck.trial import measure, measure_twin

    hatch = hatches.hatch(arguments.hatch)
    if arguments.runtime == "node":
        return await measure_twin(hatch.TWIN, arguments.seconds)
    if reason := hatch.reason_missing():
        raise ValueError(reason)
    return await measure(arguments.hatch, hatch.run, *sized(arguments.work, arguments.seconds))


def _breakeven(arguments) -> int:
    found = asyncio.run(_found(arguments.seconds))
    print(json.dumps(found.as_dict()) if arguments.json else found)
    return 0


async def _found(seconds: float):
    """Search, and keep what there is where the learner presses Ctrl-C."""
    from unstuck.breakeven import Finder

    finder = Finder(_tell_progress, budget_seconds=seconds)
    try:
        await finder.run()
    except asyncio.CancelledError:
        if not finder.points:
            raise
        asyncio.current_task().uncancel()
    return finder.result()


def _tell_progress(point) -> None:
    print(f"{point.hatch}: {point.task_ms:g} ms tasks done", file=sys.stderr, flush=True)


def _told(trial: "Trial") -> str:
    rows = {
        "hatch": f"{trial.hatch}, in {trial.runtime}",
        "work": f"{trial.work} = {trial.answer}",
        "seconds": f"{trial.seconds:.4f} (median of {len(trial.runs)}; "
        f"{min(trial.runs):.4f} to {max(trial.runs):.4f})",
        "of that": _share(trial),
        "start": f"{trial.start_seconds:.6f} s for an empty task",
        "lag": f"p50 {trial.lag_p50_ms:.1f}, p99 {trial.lag_p99_ms:.1f}, "
        f"max {trial.lag_max_ms:.1f} ms; {trial.missed} of {trial.beats} beats missed",
        "done by": f"process {', '.join(map(str, trial.pids))}",
        "machine": f"{trial.machine}, {trial.date}",
        "note": trial.note,
    }
    return "\n".join(f"{name:8} {text}" for name, text in rows.items() if text)


def _share(trial: "Trial") -> str:
    if trial.computing_seconds is None:
        return ""
    way = max(0.0, trial.seconds - trial.computing_seconds)
    return f"{trial.computing_seconds:.6f} s computing, {way:.6f} s the way there and back"


if __name__ == "__main__":
    sys.exit(main())
