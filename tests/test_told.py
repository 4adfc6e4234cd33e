"""An error in words: its name, and its text where there is one that can be shown."""

import asyncio
import socket

import pytest

from unstuck.asking import ask
from unstuck.children import ChildFailed
from unstuck.hatches import pool
from unstuck.labs.mainloop import sentence
from unstuck.told import told


class Odd(Exception):
    """A learner's own error, which cannot even be printed."""

    def __str__(self) -> str:
        raise KeyError("odd")

    def __reduce__(self):
        raise TypeError("it cannot be packed either")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("x"), "KeyError: 'x'"),
        (TimeoutError(), "TimeoutError"),
        (Odd(), "Odd: (its message cannot be shown)"),
        (ValueError("\ud800" + "x" * 10**6), "ValueError: ?" + "x" * 499),
    ],
)
def test_an_error_whose_message_is_empty_broken_or_endless_is_told_in_short(error, words):
    assert told(error) == words
    assert sentence(error) == words


def raises_odd():
    raise Odd


def test_an_error_that_cannot_be_printed_comes_back_from_a_worker():
    with pytest.raises(RuntimeError, match=r"Odd: \(its message cannot be shown\)"):
        asyncio.run(pool.run(raises_odd))


def test_a_server_that_does_not_answer_is_told_from_one_that_went_away():
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(ChildFailed, match=r"had not answered after 0\.2 s"):
            asyncio.run(ask(url, deadline=0.2))
    with pytest.raises(ChildFailed, match="went away before it answered"):
        asyncio.run(ask(url))
