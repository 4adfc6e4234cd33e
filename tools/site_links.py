"""Where a link of the repository leads inside the site, and what becomes of one that leads out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from pathlib import Path

FIRST = Path("README.md")  # the source of index.html


def binder(readme: Path) -> str:
    """The address that opens the first notebook on Binder: README.md alone holds it."""
    return re.search(r"^\[binder\]: (\S+)$", readme.read_text("utf-8"), re.MULTILINE)[1]


class Links:
    """The pages and files of the site, by their paths in the repository."""

    def __init__(
        self, sources: Sequence[Path], pictures: Sequence[str], plain: Sequence[str], binder: str
    ):
        self.binder = binder
        self.pages = {path.as_posix(): _page_name(path) for path in sources}
        self.files = {name: name for name in pictures} | {name: f"{name}.txt" for name in plain}

    def on_binder(self, source: Path) -> str:
        """The address that opens this notebook on Binder."""
        return re.sub(r"notebooks/\w+\.ipynb$", source.as_posix(), self.binder)

    def rewritten(self, source: Path, link: str) -> str | None:
        """The link as the page of `source` needs it; None where the site has no such file."""
        if re.match(r"[a-z]+:|#", link):
            return link
        path, mark, part = link.partition("#")
        there = posixpath.normpath(posixpath.join(source.parent.as_posix(), path))
        target = self.pages.get(there) or self.files.get(there)
        return self.between(source, target) + mark + part if target else None

    def between(self, source: Path, target: str) -> str:
        """The relative way from the page of `source` to a file of the site."""
        here = posixpath.dirname(self.pages[source.as_posix()])
        return posixpath.relpath(target, here or ".")


def _page_name(path: Path) -> str:
    if path == FIRST:
        return "index.html"
    return path.with_suffix(".html").as_posix()
