"""Keep one program: start it, wait for it, and end it with all that it started.

This file runs as a process of its own, by its path: `python -I -S keeper.py`. Its first line of
input is the order, as JSON. After it, a word ("end", "kill") or the end of the input, however the
owner ended, means: end the program. The exit code goes to the order's "report", a file.

On Linux the keeper adopts what the program leaves behind, also a daemon in a session of its own,
so that it can be found and ended. Elsewhere it ends the program's group (macOS) or the tree below
it (Windows).
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

_ADOPT = 36  # PR_SET_CHILD_SUBREAPER of linux/prctl.h
_LINUX = sys.platform == "linux"


class Keeper:
    """One program from start to end; the order's grace lies between the request and the kill."""

    def __init__(self, order: dict):
        self.order = order
        self.stopped = self.orphaned = False
        self.kill_at = float("inf")
        self.ended = threading.Event()

    def start(self) -> None:
        if _LINUX:
            adopt_orphans()
        with open(self.order["input"] or os.devnull, "rb") as stdin:
            self.program = subprocess.Popen(
                self.order["argv"],
                cwd=self.order["cwd"],
                env=self.order["env"],
                stdin=stdin,
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )

    def obey(self) -> None:
        """Wait for the owner's word, or its end, and end the program."""
        word = sys.stdin.buffer.readline()
        self.stopped, self.orphaned = True, not word
        self.end_all(0.0 if word == b"kill\n" else self.order["grace"])

    def end_all(self, grace: float) -> None:
        """Ask all to end, and kill what is left after `grace` seconds."""
        self.kill_at = min(self.kill_at, time.monotonic() + grace)
        found = self.tree()
        if grace > 0:
            self.send(found, signal.SIGTERM)
        while (found := self.tree()) and time.monotonic() < self.kill_at + 5:
            if time.monotonic() >= self.kill_at:
                self.send(found, getattr(signal, "SIGKILL", signal.SIGTERM))
            time.sleep(0.01)

    def tree(self) -> list[int]:
        """The ids of all that live below this process; of the program alone elsewhere."""
        if _LINUX:
            return below(os.getpid(), parents_by_proc())
        return [] if self.ended.is_set() else [self.program.pid]

    def send(self, pids: list[int], number: int) -> None:
        if not hasattr(os, "killpg"):  # Windows: its own tool knows the tree
            argv = ["taskkill", "/T", "/F", "/PID", str(self.program.pid)]
            subprocess.run(argv, capture_output=True, timeout=10, check=False)
            return
        with contextlib.suppress(OSError):  # the whole group at once: no fork escapes that
            os.killpg(self.program.pid, number)
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, number)

    def wait(self) -> int:
        """Wait for the program, reaping what was adopted meanwhile; its code, below 0: a signal."""
        while _LINUX:
            pid, status = os.wait()
            if pid == self.program.pid:
                self.program.returncode = os.waitstatus_to_exitcode(status)
                break
        code = self.program.wait()
        self.ended.set()
        return code

    def end_rest(self) -> int:
        """End what the program has left behind; how many they were."""
        if _LINUX and not reap():
            return 0
        left = len(self.tree())
        if not left and hasattr(os, "killpg"):  # not Linux: who is left in the group is not known
            self.send([], getattr(signal, "SIGKILL", signal.SIGTERM))
        self.end_all(max(0.0, min(self.order["grace"], self.kill_at - time.monotonic())))
        while _LINUX and reap() and time.monotonic() < self.kill_at + 5:
            time.sleep(0.002)
        return left


def adopt_orphans() -> None:
    """Become the parent of every process below whose own parent ends."""
    import ctypes  # here: elsewhere nobody needs it

    ctypes.CDLL(None).prctl(_ADOPT, 1, 0, 0, 0)


def reap() -> bool:
    """Take the exit codes of children that have ended; say whether others live."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False


def parents_by_proc() -> dict[int, int]:
    """Each living process's parent, from Linux's /proc."""
    parents = {}
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError):
            if name.isdecimal():
                with open(f"/proc/{name}/stat", "rb") as file:
                    state, parent = file.read().rpartition(b")")[2].split()[:2]
                if state not in (b"Z", b"X"):
                    parents[int(name)] = int(parent)
    return parents


def below(root: int, parents: dict[int, int]) -> list[int]:
    """All descendants of a process."""
    found, wanted = [], {root}
    while wanted:
        wanted = {pid for pid, parent in parents.items() if parent in wanted}
        found += wanted
    return found


def main() -> None:
    """Do one order; write the report last, in one piece."""
    keeper = Keeper(json.loads(sys.stdin.buffer.readline()))
    try:
        keeper.start()
    except (OSError, ValueError) as error:
        report = {"problem": str(error)}
    else:
        threading.Thread(target=keeper.obey, daemon=True).start()
        report = {"pid": keeper.program.pid, "code": keeper.wait(), "left": keeper.end_rest()}
    if keeper.orphaned:  # nobody will read it, or clear up
        import shutil

        shutil.rmtree(keeper.order["folder"], ignore_errors=True)
    else:
        path = keeper.order["report"]
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(report, file)
        os.replace(path + ".new", path)
    os._exit(0)  # a thread still listens to standard input


if __name__ == "__main__":
    main()
