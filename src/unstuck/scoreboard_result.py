"""A scoreboard: every hatch on every work, in both runtimes, as it was on one machine."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from unstuck.scoreboard_rows import GUEST, RUNTIMES, WORKS, Row, Stay
from unstuck.scoreboard_words import shown, table_html


@dataclass(frozen=True, repr=False)
class Scoreboard:
    """Rows of all hatches, and how each bears a bad guest; `notes` say what is not from here.

    `recorded` is True where it was read from a file. ValueError where the values cannot be.
    """

    rows: tuple[Row, ...]
    stays: tuple[Stay, ...] = ()
    machine: str = ""
    cpus: int = 1
    versions: Mapping[str, str] = field(default_factory=dict)
    date: str = ""
    notes: tuple[str, ...] = ()
    recorded: bool = False

    def __post_init__(self) -> None:
        for row in self.rows:
            if row.runtime not in RUNTIMES or row.work not in WORKS:
                raise ValueError(f"there is no row {row.hatch[:40]!r}, {row.work[:40]!r}")
            if row.rates and min(row.rates) <= 0:
                raise ValueError("a number of tasks a second is not above 0")

    def row(self, runtime: str, hatch: str, work: str) -> Row | None:
        """Return one row; None where it is not on this board."""
        key = (runtime, hatch, work)
        return next((row for row in self.rows if row.key == key), None)

    def stay(self, runtime: str, hatch: str) -> Stay | None:
        """Return how a hatch bears a bad guest; None where that is not on this board."""
        wanted = (runtime, hatch)
        return next((each for each in self.stays if (each.runtime, each.hatch) == wanted), None)

    def hatches(self, runtime: str) -> list[str]:
        """The hatches of a runtime, in the order in which they were measured."""
        names = [row.hatch for row in self.rows if row.runtime == runtime]
        names += [each.hatch for each in self.stays if each.runtime == runtime]
        return list(dict.fromkeys(names))

    @property
    def runtimes(self) -> list[str]:
        """The runtimes on the board."""
        return [name for name in RUNTIMES if self.hatches(name)]

    @property
    def works(self) -> list[str]:
        """The kinds of work on the board, the bad guest last."""
        seen = {row.work for row in self.rows} | ({GUEST} if self.stays else set())
        return [work for work in WORKS if work in seen]

    @property
    def unsure(self) -> bool:
        """Whether others used the machine while it was measured, as a note says."""
        return any("unsure" in note for note in self.notes)

    @property
    def origin(self) -> str:
        """Where it was measured: machine, versions, date."""
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return f"{'Recorded on ' if self.recorded else ''}{self.machine}; {versions}; {self.date}"

    def __repr__(self) -> str:
        return shown(self)

    def html(self) -> str:
        """The board as an HTML table, to be read with a screen reader too."""
        return table_html(self)

    def as_dict(self) -> dict:
        """The board as plain JSON values."""
        return asdict(self)
