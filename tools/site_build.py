"""Makes the course as a static site: read in any browser, with no kernel and no network.

    python tools/site_build.py [folder]        into site/, or into this folder

Notebooks come with their stored outputs, texts as they are; paths are those of the repository, so
that links only change their endings. (It is not called site.py: that is a module of Python's own.)
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import nbformat
from site_links import FIRST, Links, binder
from site_notebook import notebook_body
from site_page import Page, frame
from site_replay import replay
from site_text import text_body, title_of

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(__file__).resolve().parent
PICTURES = ("docs/heartbeat.png",)
PLAIN = ("LICENSE", "LICENSE-TEXT", "CITATION.cff")
MARK = ".unstuck-site"
RECORDED = ROOT / "src" / "unstuck" / "recorded" / "server.json"


def sources() -> list[Path]:
    """The files that become pages, relative to the repository: notebooks first, in order."""
    notebooks = sorted(ROOT.glob("notebooks/[0-9]*.ipynb")) + sorted(ROOT.glob("workshop/*.ipynb"))
    texts = sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("workshop/*.md"))
    return [path.relative_to(ROOT) for path in notebooks + texts]


def build(folder: Path) -> list[Path]:
    """Write the whole site into `folder`, in place of an older one; return its pages.

    FileExistsError for a folder with other things in it: nothing of theirs is removed.
    """
    make_room(folder)
    for name in PICTURES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in PLAIN:  # with an ending that a browser opens as text
        shutil.copy(ROOT / name, folder / f"{name}.txt")
    shutil.copy(TOOLS / "site.css", folder / "site.css")
    shutil.copy(TOOLS / "site_replay.js", folder / "replay.js")
    return _write_pages(folder)


def make_room(folder: Path) -> None:
    """An empty folder with a mark in it, by which the next build knows it as a site."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise FileExistsError(f"{folder} holds other things than a site: name another folder")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


def _write_pages(folder: Path) -> list[Path]:
    found = sources()
    links = Links(found, PICTURES, PLAIN, binder(ROOT / "README.md"))
    titles = {source: title_of(ROOT / source) for source in found}
    order = [source for source in found if source.suffix == ".ipynb"]
    written = []
    for source in found:
        target = folder / links.pages[source.as_posix()]
        target.parent.mkdir(parents=True, exist_ok=True)
        page = Page(source, titles, order, links)
        target.write_text(frame(page, _body(page)), encoding="utf-8")
        written.append(target)
    return written


def _body(page: Page) -> str:
    path = ROOT / page.source
    if page.source.suffix == ".ipynb":
        return notebook_body(nbformat.read(path, as_version=4), page)
    body = text_body(path.read_text("utf-8"), page)
    return body if page.source != FIRST else _with_replay(body)


def _with_replay(body: str) -> str:
    """The first page: the recorded heartbeat stands before the first heading under the title."""
    before, mark, after = body.partition("<h2")
    return before + replay(RECORDED) + mark + after


def main(words: list[str]) -> int:
    """Build, and say where the first page is."""
    folder = Path(words[0]).resolve() if words else ROOT / "site"
    pages = build(folder)
    print(f"{len(pages)} pages. Open {folder / 'index.html'} in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
