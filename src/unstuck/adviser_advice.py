"""What the adviser answers: a category, a configuration, and the numbers that led there."""

from dataclasses import dataclass

FIRST = "measure this first"
CATEGORIES = (
    *("stay inline", "async IO", "asyncio with to_thread", "interpreter pool", "process pool"),
    *("shared memory", "piscina", "helper threads", "child with limits", "server workers"),
    *("Node cluster", "one process per pod", "more CPUs", FIRST),
)


@dataclass(frozen=True, repr=False)
class Advice:
    """A category (one of CATEGORIES) and a configuration, with the numbers that led there.

    `because` has each number with its source, `change` what would change the advice, and
    `measure_first` the calls without which nothing can be said.
    """

    category: str
    configuration: str
    because: tuple[str, ...]
    change: tuple[str, ...] = ()
    measure_first: tuple[str, ...] = ()

    def __repr__(self) -> str:
        lines = [f"{self.category[0].upper()}{self.category[1:]}"]
        lines += [f"    {line}" for line in self.configuration.splitlines()]
        lines += [f"Because {text}." for text in self.because]
        lines += [f"It would change {text}." for text in self.change]
        return "\n".join(lines)
