"""A result card: what a learner's machine has shown, with no name in it.

It holds numbers, and words out of fixed lists: no user, no host, no path, no address, no process.
A number that was measured several times is kept as median, lowest and highest, and how often.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

FORMAT = "unstuck card"
VERSION = 1
SYSTEMS = ("Linux", "macOS", "Windows", "other")
HATCHES = ("threads", "interpreters", "pool", "child", "node pool", "node worker")


@dataclass(frozen=True)
class Spread:
    """A number that was measured `runs` times: the median, the lowest and the highest."""

    median: float
    low: float
    high: float
    runs: int = 1


@dataclass(frozen=True)
class Kind:
    """What kind of machine it is: usable CPUs, system, memory in whole GB (0: unknown), versions.

    `cores` is how many CPUs threads really got; None where that was not measured. `gil` is "on" or
    "off"; `node` is None where there is no Node.js.
    """

    system: str
    cpus: int
    memory_gb: int
    python: str
    gil: str = "on"
    node: str | None = None
    cores: float | None = None


@dataclass(frozen=True)
class ResultCard:
    """One machine's results, each by hatch or by number of workers; all may be empty.

    `start` is seconds until a cold hatch's first answer. `breakeven` is the task in milliseconds
    from which on a hatch pays, with the range that it lies in, or None: never, or not clearly.
    `speedup` is tasks done in the time that a pool of one worker does one of them. `small` says
    that little was measured, `busy` that others used the CPUs meanwhile, so that all is unsure.
    `recorded` says how a card of the course was made, and is empty on a learner's own.
    """

    kind: Kind
    date: str
    start: Mapping[str, Spread] = field(default_factory=dict)
    breakeven: Mapping[str, Spread | None] = field(default_factory=dict)
    speedup: Mapping[int, Spread] = field(default_factory=dict)
    small: bool = False
    busy: bool = False
    recorded: str = ""

    @property
    def best(self) -> tuple[int, Spread] | None:
        """The number of workers that did best, and its speed-up; None where none was measured."""
        return max(self.speedup.items(), key=lambda each: each[1].median, default=None)

    @property
    def uneven(self) -> bool:
        """Whether the rounds of one number of workers differ by more than a third."""
        return any(each.high > 4 / 3 * each.low for each in self.speedup.values())

    def as_dict(self) -> dict:
        """The card as JSON knows it, with its format and version first."""
        speedup = {str(size): each for size, each in asdict(self)["speedup"].items()}
        return {"format": FORMAT, "version": VERSION, **asdict(self), "speedup": speedup}

    def __repr__(self) -> str:
        lines = [f"Result card of {self.date}: {kind_in_words(self.kind)}"]
        lines += [f"{'Recorded':10} {self.recorded}"] * bool(self.recorded)
        lines += ["The machine was busy meanwhile, so all of this is unsure."] * self.busy
        lines += [f"{'start':10} {name}: {seconds(s)}" for name, s in self.start.items()]
        lines += [f"{'pays from':10} {name}: {pays(s)}" for name, s in self.breakeven.items()]
        lines += [f"{'speed-up':10} {w} workers: {times(s)}" for w, s in self.speedup.items()]
        return "\n".join(lines)


def spread_of(values: Sequence[float]) -> Spread:
    """Return the Spread of numbers, each rounded to four digits that count; one or more."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return Spread(*(float(f"{value:.4g}") for value in (middle, low, high)), len(values))


def kind_in_words(kind: Kind) -> str:
    """Return the kind of machine in words."""
    cpus = f"{kind.cpus} usable CPU{'s' * (kind.cpus != 1)}"
    memory = f", {kind.memory_gb} GB" * bool(kind.memory_gb)
    node = f"Node.js {kind.node}" if kind.node else "no Node.js"
    return f"{kind.system}, {cpus}{memory}, Python {kind.python}, GIL {kind.gil}, {node}"


def seconds(each: Spread) -> str:
    """Return a time and its spread: "0.052 s (0.050 to 0.061, 5 runs)"."""
    return f"{each.median:.3g} s ({each.low:.3g} to {each.high:.3g}, {_runs(each)})"


def pays(each: Spread | None) -> str:
    """Return from which task on a hatch pays."""
    if each is None:
        return "never here, or not clearly"
    return f"tasks of {each.median:.3g} ms ({each.low:.3g} to {each.high:.3g} ms)"


def times(each: Spread) -> str:
    """Return a speed-up and its spread."""
    return f"{each.median:.2f} ({each.low:.2f} to {each.high:.2f}, {_runs(each)})"


def _runs(each: Spread) -> str:
    return f"{each.runs} run{'s' * (each.runs != 1)}"
