"""The frame around every page: skip link, head, list of notebooks, text, previous and next."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pygments.formatters import HtmlFormatter
from site_links import FIRST, Links

# Looks of code whose every colour has a contrast of 4.5:1 on the ground in site.css.
LOOKS = {"light": "xcode", "dark": "lightbulb"}


@dataclass(frozen=True)
class Page:
    """One page: the file it comes from, all titles, the notebooks in order, and the links."""

    source: Path
    titles: dict[Path, str]
    order: Sequence[Path]
    links: Links

    def to(self, target: str) -> str:
        """The relative way from here to a file of the site, fit for an attribute."""
        return html.escape(self.links.between(self.source, target))

    def link(self, source: Path, text: str) -> str:
        """A link to another page; one to this page says that it is this one."""
        here = ' aria-current="page"' if source == self.source else ""
        href = self.to(self.links.pages[source.as_posix()])
        return f'<a href="{href}"{here}>{html.escape(text)}</a>'

    def name(self, source: Path) -> str:
        """How the list calls a page: "04 threads", or its title."""
        number, _, words = source.stem.partition("_")
        numbered = number.isdigit() and source.suffix == ".ipynb"
        return f"{number} {words.replace('_', ' ')}" if numbered else self.titles[source]


def code_look() -> str:
    """The colours of code, on light and on dark ground."""
    return "".join(
        f"@media (prefers-color-scheme: {scheme}) {{\n"
        f"{HtmlFormatter(style=style).get_style_defs('.highlight')}\n}}\n"
        for scheme, style in LOOKS.items()
    )


def frame(page: Page, body: str) -> str:
    """The whole page as HTML. It loads its own site's files only."""
    title = html.escape(page.titles[page.source])
    course = "" if page.source == FIRST else " · Unstuck"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}{course}</title><link rel="icon" href="data:,">'
        f'<style>{code_look()}</style><link rel="stylesheet" href="{page.to("site.css")}">'
        '</head>\n<body><a class="skip" href="#text">Skip to the text</a>'
        f"<header><p>{page.link(FIRST, 'Unstuck')} · {_nothing_runs(page)}</p></header>"
        f'<div class="columns"><nav aria-label="Pages">{_contents(page)}</nav>\n'
        f'<main id="text" tabindex="-1">{body}{_neighbours(page)}</main></div>'
        f"<footer><p>{_licence(page)}</p></footer></body></html>\n"
    )


def _nothing_runs(page: Page) -> str:
    is_notebook = page.source.suffix == ".ipynb"
    address = page.links.on_binder(page.source) if is_notebook else page.links.binder
    return (
        "A page to read: nothing runs here. To run it, "
        f'<a href="{html.escape(address)}">open it on Binder</a> (another site), or get a copy and '
        "type <code>make lab</code>."
    )


def _contents(page: Page) -> str:
    texts = [source for source in page.titles if source not in page.order]
    return (
        f"<h2>Notebooks</h2>{_list(page, page.order)}"
        f"<details><summary>Other texts</summary>{_list(page, texts)}</details>"
    )


def _list(page: Page, sources: Sequence[Path]) -> str:
    items = (f"<li>{page.link(source, page.name(source))}</li>" for source in sources)
    return f"<ul>{''.join(items)}</ul>"


def _neighbours(page: Page) -> str:
    if page.source not in page.order:
        return ""
    at = page.order.index(page.source)
    before, after = page.order[max(at - 1, 0) : at], page.order[at + 1 : at + 2]
    words = [page.link(one, f"Previous: {page.name(one)}") for one in before]
    words += [page.link(one, f"Next: {page.name(one)}") for one in after]
    return f'<nav class="neighbours" aria-label="Previous and next">{" ".join(words)}</nav>'


def _licence(page: Page) -> str:
    code, text = page.to("LICENSE.txt"), page.to("LICENSE-TEXT.txt")
    return (
        f'Code: <a href="{code}">MIT licence</a>. Text: <a href="{text}">CC BY 4.0</a>. '
        "Outputs are stored runs of the machine that they name."
    )
