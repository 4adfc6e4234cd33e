"""Colours and patterns by meaning, safe for colour-blind readers (Okabe and Ito, 2008).

A meaning is never told by colour alone: each has a pattern or a marker as well.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ink:
    """How one meaning is drawn: colour on light and on dark ground, line, marker and hatch."""

    light: str
    dark: str
    line: str
    marker: str
    hatch: str


INKS = {
    "python": Ink("#0072B2", "#56B4E9", "-", "o", ""),
    "node": Ink("#007A5A", "#2FC79B", "--", "s", "//"),
    "blocked": Ink("#B34700", "#FF8C42", "-", "x", "xx"),
    "prediction": Ink("#8A4A73", "#E29AC6", ":", "D", ".."),
    "quiet": Ink("#595959", "#B0B0B0", ":", "|", ""),
    "waiting": Ink("#595959", "#B0B0B0", ":", "|", "////"),
    "failed": Ink("#B34700", "#FF8C42", "-", "X", "xx"),
}


def ink(meaning: str) -> Ink:
    """Return the ink of a meaning; ValueError names the meanings there are."""
    if meaning not in INKS:
        raise ValueError(f"no ink for {meaning!r}; there are: {', '.join(INKS)}")
    return INKS[meaning]
