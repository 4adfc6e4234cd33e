"""When to start a worker again: at once, after a pause that grows, or never.

A worker that dies before it is ready has a fault that the next one will have too. Starting it
again for ever is what the article's three lines do.
"""

RETRIES = 3  # starts again, in a row, of workers that die before they are ready
FIRST_PAUSE = 0.1  # seconds; each further pause is twice as long
LONGEST_PAUSE = 5.0
SHORT_LIFE = 1.0  # seconds: a worker that served no longer may be dying of the same cause each time


class GivenUp(Exception):
    """Workers die before they are ready, and another try would not help; the text is the error."""


class Starts:
    """The memory of a primary for starts that failed and for lives that were short."""

    def __init__(self) -> None:
        self._retries = 0
        self._short_lives = 0

    def worked(self) -> None:
        """A worker is ready: failures before it do not count any more."""
        self._retries = 0

    def pause_after_failure(self, error: str) -> float:
        """A worker died before it was ready; the seconds to wait, or GivenUp with its `error`.

        After a GivenUp the count begins anew: what is tried later is tried as often.
        """
        if self._retries == RETRIES:
            self._retries = 0
            raise GivenUp(error)
        self._retries += 1
        return FIRST_PAUSE * 2 ** (self._retries - 1)

    def pause_after_life(self, seconds: float) -> float:
        """A worker died that had served for `seconds`; the seconds to wait, mostly 0."""
        if seconds >= SHORT_LIFE:
            self._short_lives = 0
            return 0.0
        self._short_lives += 1
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._short_lives - 1))
