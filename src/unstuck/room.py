"""The room's cards: read all of a folder, or of an upload; each bad one is refused with a reason.

    cards, refusals = read_cards("cards")
    print(told(cards, refusals))

A file is data: nothing of it is run, and no word of it is shown that is not in a fixed list. Each
file is read once, and never more of it than a card can have.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from unstuck.card_fields import MOST_BYTES, NotACard
from unstuck.card_form import ResultCard
from unstuck.room_checks import card_of

MOST_FILES = 5_000
_PASSED_OVER = ("README.md",)  # beside hidden files


@dataclass(frozen=True)
class Refusal:
    """A file that was not counted, and why. The name is cut, and has printable characters only."""

    name: str
    reason: str

    def __repr__(self) -> str:
        return f"{self.name}: {self.reason}"


def read_cards(
    source: str | Path | Iterable[tuple[str, bytes]], known: Iterable[ResultCard] = ()
) -> tuple[list[ResultCard], list[Refusal]]:
    """Return (cards, refusals) of a folder, or of pairs of a file's name and its bytes.

    A card that is in `known`, or came before, is counted once. NotADirectoryError where the folder
    is none. README.md and hidden files of a folder are passed over.
    """
    seen, cards, refusals = set(map(_content, known)), [], []
    given = _files(Path(source)) if isinstance(source, str | Path) else iter(source)
    for number, (name, data) in enumerate(given):
        try:
            card = _read(name, data, number)
            if _content(card) in seen:
                raise NotACard("Another file has the same content: it is counted once.")
        except NotACard as error:
            refusals.append(Refusal(shown_name(name), str(error)))
            if number >= MOST_FILES:
                break
            continue
        seen.add(_content(card))
        cards.append(card)
    return cards, refusals


def _content(card: ResultCard) -> str:
    return json.dumps(card.as_dict(), sort_keys=True)


def _read(name: str, data: bytes | Path, number: int) -> ResultCard:
    if number >= MOST_FILES:
        raise NotACard(f"This and all after it were not read: {MOST_FILES} files are enough.")
    if name != _last_part(name):
        raise NotACard("Its name has parts of a path.")
    return card_of(_bytes(data) if isinstance(data, Path) else data)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    if not folder.is_dir():
        raise NotADirectoryError(f"there is no folder {shown_name(folder.name)!r} here")
    for path in sorted(folder.iterdir()):
        if path.name not in _PASSED_OVER and not path.name.startswith("."):
            yield path.name, path


def _bytes(path: Path) -> bytes:
    """Read a file of the folder itself: a link may lead out of it, and a pipe may never end."""
    if path.is_symlink():
        raise NotACard("It is a link: put the file itself here.")
    if not path.is_file():
        raise NotACard("It is no file.")
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError:
        raise NotACard("It cannot be read.") from None


def _last_part(name: str) -> str:
    return name.replace("\\", "/").replace(":", "/").rpartition("/")[2].replace("\0", "")


def shown_name(name: str) -> str:
    """Return a file's name as it may be shown: at most 60 characters, all of them printable."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(name)[:60])
    return text or "a file without a name"


def told(cards: Sequence[ResultCard], refusals: Sequence[Refusal] = (), most: int = 20) -> str:
    """Say what was read: the number of cards, what kinds of machine, and each refusal."""
    recorded = sum(bool(card.recorded) for card in cards)
    text = counted(len(cards), "card")
    text += f", {recorded} of them recorded ones that ship with the course" * bool(recorded)
    small = sum(card.small for card in cards)
    text += f"; {small} of them from a small run" * bool(small)
    busy = sum(card.busy for card in cards)
    text += f"; {busy} of them from a busy machine, and unsure" * bool(busy)
    lines = [f"{text}.", *(f"Refused: {each!r}" for each in refusals[:most])]
    if len(refusals) > most:
        lines.append(f"Refused as well: {len(refusals) - most} more.")
    return "\n".join(lines)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 card", "3 cards"."""
    return f"{number} {noun}{'s' * (number != 1)}"
