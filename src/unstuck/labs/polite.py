"""A status that a screen reader can follow: a new sentence at most once a second, the last wins."""

from collections.abc import Callable

PAUSE = 1.0  # seconds between two sentences


class Polite:
    """`tell(text)` shows a sentence by `show(text)`, at once or when the pause is over."""

    def __init__(self, loop, show: Callable[[str], None]):
        self._loop, self._show = loop, show
        self._free_at = 0.0
        self._timer = None
        self.waiting = ""  # the sentence that will be shown next

    def tell(self, text: str) -> None:
        """Show a sentence; it takes the place of one that still waits."""
        self.waiting = text
        if self._timer is None:
            late = max(0.0, self._free_at - self._loop.time())
            self._timer = self._loop.call_later(late, self._now) if late else None
            if not late:
                self._now()

    def drop(self) -> None:
        """Forget the sentence that waits: something more urgent was said."""
        self.waiting = ""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _now(self) -> None:
        text = self.waiting
        self.drop()
        self._free_at = self._loop.time() + PAUSE
        self._show(text)
