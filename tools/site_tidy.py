"""What rendered HTML needs to be a good page: links, names, keyboard, nothing of other hosts."""

from __future__ import annotations

import re
from collections import Counter

from bs4 import BeautifulSoup


def tidy(soup: BeautifulSoup, page) -> None:
    """Do all of it, in place."""
    _only_own_pictures(soup)
    _links(soup, page)
    _names(soup)
    _tables(soup)


def _only_own_pictures(soup: BeautifulSoup) -> None:
    """A picture of another host (a badge) gives way to its words."""
    for image in soup.find_all("img"):
        if re.match(r"(https?:)?//", image.get("src", "")):
            image.replace_with(image.get("alt", ""))


def _links(soup: BeautifulSoup, page) -> None:
    for link in soup.find_all("a", href=True):
        target = page.links.rewritten(page.source, link["href"])
        if target is None:
            link.unwrap()  # the site has no such file: the words stay
        else:
            link["href"] = target
    for image in soup.find_all("img", src=True):
        image["src"] = page.links.rewritten(page.source, image["src"]) or image["src"]


def _names(soup: BeautifulSoup) -> None:
    """Headings get names that a link can end in; each name stands once on a page."""
    seen: Counter = Counter()
    for anchor in soup.select("a.anchor-link"):
        anchor.decompose()
    for node in soup.find_all(id=re.compile("^cell-id=")):
        del node["id"]
    for heading in soup.find_all(re.compile("^h[1-6]$")):
        name = re.sub(r"[^\w]+", "-", heading.get_text().lower()).strip("-")
        seen[name] += 1
        heading["id"] = name if seen[name] == 1 else f"{name}-{seen[name]}"


def _tables(soup: BeautifulSoup) -> None:
    """A wide table scrolls in a frame of its own, which the keyboard reaches."""
    for number, table in enumerate(soup.find_all("table"), 1):
        for cell in table.select("thead th:not([scope])"):
            cell["scope"] = "col"
        label = f"Table {number}"
        frame = soup.new_tag("div", tabindex="0", role="region", **{"class": "wide"})
        frame["aria-label"] = label
        table.wrap(frame)
