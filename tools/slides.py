"""Makes slides from the notebooks: one HTML page each, which needs no network and no mouse.

    python tools/slides.py                                    all notebooks, into build/slides/
    python tools/slides.py notebooks/00_start_here.ipynb      this one

A heading of the first or second level begins a slide; each further text begins one under it. Code
and stored outputs follow their text. The notebook itself is not changed.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "slides"
WIDGET = "application/vnd.jupyter.widget-view+json"
LOOK = Path(__file__).with_suffix(".css")
MOVES = Path(__file__).with_suffix(".js")


def kind(cell) -> str:
    """What a cell is in a slide show: "slide", "subslide" or "-", which stays on its slide."""
    if cell.cell_type != "markdown":
        return "-"
    return "slide" if re.match(r"#{1,2} ", cell.source) else "subslide"


def parts(cells) -> Iterator:
    """The cells, but a text that holds a heading further down is cut in two before it."""
    for cell in cells:
        if cell.cell_type != "markdown":
            yield cell
            continue
        for text in re.split(r"\n(?=##? )", cell.source):
            yield nbformat.v4.new_markdown_cell(text.strip())


def groups(cells) -> list[tuple[str, list]]:
    """Slides as (heading they stand under, cells); a slide's own heading is not named again."""
    found, heading = [], ""
    for cell in parts(cells):
        if kind(cell) != "-" or not found:
            under = heading if kind(cell) == "subslide" else ""
            found.append((under, []))
        if kind(cell) == "slide":
            heading = cell.source.splitlines()[0].lstrip("# ")
        found[-1][1].append(cell)
    return found


def bare(cell):
    """A copy of a cell without its widget views, which would be dead."""
    copy = nbformat.from_dict(cell)
    for output in copy.get("outputs", []):
        output.get("data", {}).pop(WIDGET, None)
    return copy


def plain_exporter() -> HTMLExporter:
    """An exporter of bare cells: no page around them, no prompts, nothing of another host."""
    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True)
    exporter.exclude_output_prompt = exporter.exclude_anchor_links = True
    return exporter


def body(exporter: HTMLExporter, cells) -> str:
    """The cells of one slide as HTML; a link to a notebook leads to its slides."""
    part = nbformat.v4.new_notebook(cells=[bare(cell) for cell in cells])
    made = exporter.from_notebook_node(part)[0]
    return re.sub(r'href="(\d\d_\w+)\.ipynb"', r'href="\1.html"', made)


def page(notebook) -> str:
    """The whole slide show of a notebook, in one page."""
    title = notebook.cells[0].source.splitlines()[0].lstrip("# ")
    code = HtmlFormatter(style="default").get_style_defs(".highlight")
    look, moves = LOOK.read_text("utf-8"), MOVES.read_text("utf-8")
    sections, exporter = [], plain_exporter()
    for under, cells in groups(notebook.cells):
        header = f"<header>{html.escape(under)}</header>" if under else ""
        sections.append(f'<section tabindex="-1">{header}{body(exporter, cells)}</section>')
    buttons = '<button id="back">Back</button><button id="next">Next</button>'
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{code}{look}</style></head>"
        f"<body><main>{''.join(sections)}</main><nav>{buttons}<output></output></nav>"
        f"<script>{moves}</script></body></html>\n"
    )


def main(names: list[str]) -> int:
    """Write a page for each notebook that is named, or for all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in [Path(name) for name in names] or sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        target = FOLDER / f"{path.stem}.html"
        target.write_text(page(nbformat.read(path, as_version=4)), encoding="utf-8")
        print(target.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
