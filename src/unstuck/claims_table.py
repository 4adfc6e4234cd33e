"""The verdicts as a table: HTML with headings for a notebook, plain text for a terminal."""

from collections.abc import Iterable
from html import escape

from unstuck.claims_list import CLAIMS
from unstuck.claims_seen import RUNTIMES, VERDICTS, Verdict

_NAMES = {"python": "Python", "node": "Node.js"}
_SIGNS = {
    "holds": "+",
    "fails": "-",
    "depends": "~",
    "cannot tell here": "?",
}  # not by colour alone
_WIDE = 21  # columns of a verdict in plain text


class ClaimsTable:
    """`claims_table(verdicts)`: a row for each claim, a column for each runtime."""

    def __init__(self, verdicts: Iterable[Verdict]):
        self.verdicts = list(verdicts)

    @property
    def caption(self) -> str:
        """How many verdicts there are of each kind, and where they are from."""
        counts = [(name, sum(each.verdict == name for each in self.verdicts)) for name in VERDICTS]
        told = ", ".join(f"{count} {name}" for name, count in counts if count) or "no verdicts"
        origins = {f"{each.machine}, {each.date}" for each in self.verdicts if not each.recorded}
        live = f"; {'; '.join(sorted(origins))}" if origins else ""
        recorded = sum(each.recorded for each in self.verdicts)
        return (
            f"Claims and verdicts: {told}{live}" + f"; {recorded} recorded" * bool(recorded) + "."
        )

    def __repr__(self) -> str:
        head = "      " + "".join(f"{_NAMES[name]:{_WIDE}}" for name in RUNTIMES) + "claim"
        lines = [
            f"{id:6}" + "".join(f"{_short(row.get(name)):{_WIDE}}" for name in RUNTIMES) + claim
            for id, claim, row in self._rows()
        ]
        return "\n".join([head, *lines, self.caption])

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{_NAMES[name]}</th>' for name in RUNTIMES)
        body = "".join(
            f'<tr><th scope="row">{id}: {escape(claim)}</th>'
            + "".join(f"<td>{_cell(row.get(name))}</td>" for name in RUNTIMES)
            + "</tr>"
            for id, claim, row in self._rows()
        )
        return (
            f"<table><caption>{escape(self.caption)}</caption>"
            f'<thead><tr><th scope="col">Claim</th>{heads}</tr></thead>'
            f"<tbody>{body}</tbody></table>"
        )

    def _rows(self) -> list[tuple[str, str, dict[str, Verdict]]]:
        rows: dict[str, dict[str, Verdict]] = {}
        for each in self.verdicts:
            rows.setdefault(each.id, {})[each.runtime] = each
        return [(id, CLAIMS[id].sentence, row) for id, row in rows.items()]


def claims_table(verdicts: Iterable[Verdict]) -> ClaimsTable:
    """Return the table of verdicts, to be shown as the last value of a cell."""
    return ClaimsTable(verdicts)


def line(verdict: Verdict) -> str:
    """Return one verdict as a line of text, as it is printed when it comes."""
    name = _NAMES[verdict.runtime]
    return f"{verdict.id:3} {name:8}{_short(verdict):{_WIDE}} {verdict.sentence}"


def _short(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not run"
    return f"{_SIGNS[verdict.verdict]} {verdict.verdict}{'*' * verdict.recorded}"


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not run"
    label = f"{verdict.verdict} (recorded)" if verdict.recorded else verdict.verdict
    summary = f'<span aria-hidden="true">{_SIGNS[verdict.verdict]}</span> {label}'
    numbers = ", ".join(f"{name}: {value}" for name, value in verdict.numbers.items())
    return (
        f"<details><summary>{summary}</summary>{escape(verdict.sentence)}"
        f"{f'<br>Numbers: {escape(numbers)}' if numbers else ''}</details>"
    )
