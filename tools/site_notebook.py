"""A notebook with its stored outputs as the inside of a page."""

from __future__ import annotations

import html
import re

from bs4 import BeautifulSoup
from site_tidy import tidy
from slides import bare, plain_exporter

PANEL = re.compile(r"^[\w-]+ (panel|tree): run this cell in JupyterLab")


def notebook_body(notebook, page) -> str:
    """All cells as HTML; a panel and an exercise say that here nothing runs, and what to do."""
    exporter = plain_exporter()
    notebook.cells = [bare(cell) for cell in notebook.cells]
    soup = BeautifulSoup(exporter.from_notebook_node(notebook)[0], "html.parser")
    tidy(soup, page)
    for cell, node in zip(notebook.cells, soup.select("div.cell"), strict=True):
        if words := _note(cell, page):
            node.append(BeautifulSoup(words, "html.parser"))
    return str(soup)


def _note(cell, page) -> str:
    """What stands under a cell that a reader would want to run."""
    if "exercise" in cell.metadata.get("tags", []):
        return _frame("An exercise", "to try it", page)
    if any(PANEL.match(_plain(output)) for output in cell.get("outputs", [])):
        replay = page.to("index.html")
        seen = f' <a href="{replay}#replay">A recorded heartbeat</a> is on the first page.'
        return _frame("A live panel", "to press its buttons", page, seen)
    return ""


def _plain(output) -> str:
    return output.get("data", {}).get("text/plain", "")


def _frame(what: str, wish: str, page, more: str = "") -> str:
    address = html.escape(page.links.on_binder(page.source))
    return (
        f'<p class="note"><strong>{what}.</strong> On this page nothing runs: {wish}, '
        f'<a href="{address}">open this notebook on Binder</a>, or get a copy of the course and '
        f"type <code>make lab</code>.{more}</p>"
    )
