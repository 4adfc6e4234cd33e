"""What the service of exercise 9.4 is made of, and the four functions of exercise 9.1."""

import functools
import time

from unstuck.workloads import digest, is_prime

ROW = 1000  # bytes of a row
ROWS = 16_000
WAIT = 0.1  # seconds that the driver of `quote` needs for an answer


@functools.cache
def table() -> bytes:
    """All rows, one after the other: 16 MB."""
    return b"".join(bytes([number % 251]) * ROW for number in range(ROWS))


def row_sum(rows: bytes, number: int) -> int:
    """The sum of one row of a table."""
    return sum(rows[number * ROW : (number + 1) * ROW])


def tags_of(count: int) -> list[str]:
    """So many tags of a shop's goods; each comes twice."""
    return [f"a tag of the shop, number {number % (count // 2)}" for number in range(count)]


def quote(number: int) -> int:
    """Ask an old driver for a price: it waits, and cannot be awaited."""
    time.sleep(WAIT)
    return number * number % 9973


def stamp(number: int = 7) -> str:
    """Give a number its check digit."""
    return f"{number}-{number % 97:02}"


def seal(rounds: int = 100_000) -> str:
    """Seal a letter with a hash."""
    return digest(rounds)


def forecast(number: int = 1_000_000_000_039) -> bool:
    """Say whether there will be rain."""
    return is_prime(number)


def fetch(number: int = 7) -> int:
    """Fetch a price from the driver."""
    return quote(number)
