"""Small programs to run, to break and to stop: each ends by itself, whatever becomes of its owner.

`sample("lines", 3)` gives the words that run one, by this file's path in this Python. They need
the standard library only, and are kept simple on purpose: what they do is what is looked at.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time

_LONGEST = 20.0  # seconds that any of them lives


def sample(name: str, *words: object) -> list[str]:
    """Return program and arguments for one of PROGRAMS, such as sample("lines", 3, 0.1)."""
    if name not in PROGRAMS:
        raise ValueError(f"there is no sample program {name!r}; there are: {', '.join(PROGRAMS)}")
    return [sys.executable, "-I", "-S", __file__, name, *map(str, words)]


def lines(count: str = "3", pause: str = "0.1") -> None:
    """Write a line, wait, write the next."""
    for number in range(int(count)):
        print(f"line {number}", flush=True)
        time.sleep(float(pause))


def both(size: str) -> None:
    """Write `size` bytes to standard output and as many to standard error, in turn."""
    left = int(size)
    while left > 0:
        part = min(left, 65_536)
        for number in (1, 2):
            write(number, b"x" * part)
        left -= part


def write(number: int, data: bytes) -> None:
    while data:
        data = data[os.write(number, data) :]


def echo() -> None:
    """Write what can be read."""
    sys.stdout.write(sys.stdin.read())


def leave(code: str) -> None:
    """End with an exit code."""
    sys.exit(int(code))


def complain(words: str) -> None:
    """End as a script does that gives sys.exit a text."""
    sys.exit(words)


def error() -> None:
    """End by an exception that nobody catches."""
    raise ValueError("oh")


def kill() -> None:
    """End by a signal; on Windows with exit code 9."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", 9))


def wait(seconds: str = "10") -> None:
    time.sleep(float(seconds))


def stubborn(seconds: str = "10") -> None:
    """Do not heed SIGTERM, and start a program that does not either, in a session of its own."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    argv, own = sample("deaf", seconds), {"start_new_session": True}
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, **own) as grandchild:
        print(os.getpid(), grandchild.pid, flush=True)
        time.sleep(float(seconds))


def deaf(seconds: str = "10") -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(float(seconds))


def leaves_a_daemon(seconds: str = "10") -> None:
    """Start a program in a session of its own, tell its pid, and end: it is an orphan."""
    argv, own = sample("deaf", seconds), {"start_new_session": True}
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    print(subprocess.Popen(argv, **own, **quiet).pid, flush=True)
    os._exit(0)


def spin() -> None:
    """Compute for ever."""
    while True:
        pass


def eat(size: str) -> None:
    """Take memory, 10 MB at a time, and hold it."""
    held = []
    while len(held) * 10_000_000 < int(size):
        held.append(b"x" * 10_000_000)
    time.sleep(5)


def fill(size: str) -> None:
    """Write a file of `size` bytes into the working folder."""
    with open("large", "wb") as file:
        for _ in range(int(size) // 1_000_000):
            file.write(b"x" * 1_000_000)


def bomb(most: str) -> None:
    """Start processes that start two each, as a fork bomb does, to a depth that holds `most`."""
    if (left := int(most) - 1) > 1:
        for _ in range(2):
            subprocess.Popen(sample("bomb", left // 2), stdin=subprocess.DEVNULL)
    time.sleep(5)


def hidden(seed: str) -> None:
    """Write so much to each pipe, and end with such a code, as `seed` says; in vain, end soon."""
    ending_in(5.0)
    out, err, code = plan(seed)
    write(2, (b"e" * 63 + b"\n") * (err // 64) + b"e" * (err % 64))
    write(1, (b"o" * 63 + b"\n") * (out // 64) + b"o" * (out % 64))
    if code < 0:
        kill()
    sys.exit(code)


def plan(seed: str) -> tuple[int, int, int]:
    """(bytes of output, bytes of errors, exit code or -1 for a kill) of a hidden program.

    The first letter of the seed names one of PLANS: small or large output, small or large errors,
    and whether it ends ok, fails or is killed.
    """
    chance = random.Random(seed)
    sizes = {"s": (1, 900), "l": (600_000, 2_000_000)}
    code = {"o": 0, "f": chance.randint(1, 120), "k": -1}[PLANS[seed[0]][2]]
    return *(chance.randint(*sizes[size]) for size in PLANS[seed[0]][:2]), code


PLANS = {"a": "sso", "b": "lso", "c": "slo", "d": "llo", "e": "ssf", "f": "ssk", "g": "lsf"}
ALL = (
    *(lines, both, echo, leave, complain, error, kill, wait, stubborn, deaf, leaves_a_daemon),
    *(spin, eat, fill, bomb, hidden),
)
PROGRAMS = {each.__name__: each for each in ALL}


def ending_in(seconds: float) -> None:
    """End this process in so many seconds, whatever it does."""
    end = threading.Timer(seconds, os._exit, [99])
    end.daemon = True
    end.start()


if __name__ == "__main__":
    ending_in(_LONGEST)
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
