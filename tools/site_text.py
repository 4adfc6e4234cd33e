"""A Markdown text of the repository as the inside of a page."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup
from nbconvert.filters import markdown2html
from site_tidy import tidy


def title_of(path: Path) -> str:
    """The first heading of a notebook or a text."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        text = "".join(json.loads(text)["cells"][0]["source"])
    return re.search(r"^# (.+)$", text, re.MULTILINE)[1]


def text_body(text: str, page) -> str:
    """The text as HTML; links lead to pages of the site, badges are words."""
    soup = BeautifulSoup(markdown2html(text), "html.parser")
    tidy(soup, page)
    return str(soup)
