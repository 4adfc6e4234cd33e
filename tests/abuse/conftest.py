"""What the tests of abuse share: how many tries, and a book of the figures they measure.

`make abuse` sets UNSTUCK_ABUSE=long for the full number of tries, and UNSTUCK_FIGURES to the file
from which tools/reliability.py makes workshop/reliability.md.
"""

import json
import os
from pathlib import Path

import pytest


@pytest.fixture
def figure(request):
    """figure(promise, what, wanted, seen, tries) notes what was measured, for the table."""

    def note(promise: int, what: str, wanted: str, seen: str, tries: int) -> None:
        row = {"promise": promise, "what": what, "wanted": wanted, "seen": seen, "tries": tries}
        print(f"\n{promise}. {what}: {seen} (wanted: {wanted}; {tries} tries)")
        if path := os.environ.get("UNSTUCK_FIGURES"):
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    return note


def pytest_collection_modifyitems(items):
    """Abuse is tried on one Python in CI; `make abuse` tries it on any."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.once)
