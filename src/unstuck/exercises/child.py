"""Exercises of notebook 03: how a program ends, a pipe deadlock, and a swallowed exit code."""

import asyncio
import inspect
import random
import signal

from unstuck.exercises.exercise import Exercise, Result
from unstuck.exercises.hidden_programs import DEADLINE, Hidden
from unstuck.exercises.patience import NotEnded
from unstuck.programs import ProgramFailed, run_program
from unstuck.sample_programs import sample
from unstuck.told import told

ENDINGS = {
    "leave": ("sys.exit(3)", sample("leave", 3)),
    "complain": ("sys.exit('no disk')", sample("complain", "no disk")),
    "error": ("raise ValueError('oh')", sample("error")),
    "kill": ("os.kill(os.getpid(), signal.SIGKILL)", sample("kill")),
}
_KILLED = "SIGKILL" if hasattr(signal, "SIGKILL") else 9  # Windows ends it with that code
_FORM = (
    "The answer is a dict with the keys leave, complain, error and kill, and as value an exit "
    "code or the name of a signal, such as 'SIGTERM'."
)
_NO_SUBPROCESS = (
    "The loop of this system runs no asyncio subprocess, but it can await run_program(argv)."
)


async def judge_endings(answer) -> Result:
    """Run the four programs, and compare."""
    if not isinstance(answer, dict) or set(answer) != set(ENDINGS):
        return Result("not yet", _FORM)
    for name, (what, argv) in ENDINGS.items():
        ended = await run_program(argv, deadline=10)
        if ended.stopped is not None:
            return Result("cannot tell here", f"The program did not end: {ended!r}")
        told = ended.code if ended.signal is None else ended.signal
        if type(answer[name]) is not type(told) or answer[name] != told:
            form = " A signal is given by its name, as a text." if ended.signal else ""
            text = f"{what} does not end with {answer[name]!r}. Run it, and look.{form}"
            return Result("not yet", text)
    return Result("right", "You tell how programs end before they do.")


async def sizes(argv):
    """Read both pipes at once, and wait last."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*argv, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    return len(out), len(err)


async def judge_sizes(answer) -> Result:
    """Give the answer programs that fill no pipe, the one, the other, and both."""
    if not inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a function that begins with `async def`.")
    for kind in ("a", *random.sample("bc", 2), "d"):
        hidden = Hidden(kind)
        wrote = f"A program wrote {hidden.out} bytes of output and {hidden.err} of errors"
        got, problem = await hidden.told_by(answer)
        if isinstance(problem, NotEnded):
            return Result("not yet", f"{wrote}, and after {DEADLINE:.0f} s you had no answer.")
        if problem is not None:
            return _raised(problem)
        if not isinstance(got, tuple) or got != (hidden.out, hidden.err):
            text = f"{wrote}, as a tuple ({hidden.out}, {hidden.err})"
            return Result("not yet", f"{text}. Your function says {repr(got)[:60]}.")
    return Result("right", "Nothing got stuck, and no byte was lost, in small and in large.")


async def fate(argv):
    """Say how it went: "ok", "failed" or "missing"."""
    try:
        ended = await run_program(argv)
    except ProgramFailed:
        return "missing"
    return "ok" if ended.ok else "failed"


async def judge_fate(answer) -> Result:
    """Give the answer programs that succeed, fail, are killed, or are not there, in any order."""
    if not inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a function that begins with `async def`.")
    for kind in random.sample([*"abefg", "missing", "folder"], 7):
        hidden, (what, fits) = Hidden(kind if len(kind) == 1 else "a"), _FATES.get(kind, _FAILED)
        if kind == "missing":
            hidden.argv = [f"no-such-program-{hidden.mark[:8]}"]
        if kind == "folder":
            hidden.argv = ["/"]
        got, problem = await hidden.told_by(answer)
        if isinstance(problem, NotImplementedError):
            return _raised(problem)
        if got != fits:
            said = f"raised {type(problem).__name__}" if problem else f"said {repr(got)[:60]}"
            if isinstance(problem, NotEnded):
                said = f"had not answered after {DEADLINE:.0f} s"
            return Result("not yet", f"{what}: that is {fits!r}. Your function {said}.")
    return Result("right", "Failures are told from successes, and both from what is not there.")


def _raised(problem: Exception) -> Result:
    if isinstance(problem, NotImplementedError):
        return Result("cannot tell here", _NO_SUBPROCESS)
    return Result("not yet", f"Your code raised {told(problem)}")


_FAILED = ("A program wrote output, and then failed", "failed")
_FATES = {
    "a": ("A program wrote a little, also to standard error, and ended with exit code 0", "ok"),
    "b": ("A program wrote much output, and ended with exit code 0", "ok"),
    "f": ("A program was ended by a signal", "failed"),
    "missing": ("There is no such program", "missing"),
    "folder": ("That is no program, but a folder", "missing"),
}

EXERCISES = {
    "1": Exercise(
        judge_endings,
        "Run each: `await run_program(sample('leave', 3))`, and read its code and its signal.",
        {"leave": 3, "complain": 1, "error": 1, "kill": _KILLED},
    ),
    "2": Exercise(
        judge_sizes,
        "A pipe holds some 64 KB. Who empties it while you wait? `communicate()` reads both at "
        "once, and waits last.",
        sizes,
    ),
    "3": Exercise(
        judge_fate,
        "There are three ways: it could not be started (an exception), it ended with a code other "
        "than 0 or by a signal, or it succeeded. Only the code tells the last two apart.",
        fate,
    ),
}
