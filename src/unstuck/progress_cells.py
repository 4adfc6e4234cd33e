"""What of a notebook belongs to its exercises: their cells, and what these are made of.

A notebook's experiments take minutes, and no exercise needs them. So of all other cells only
imports, definitions and plain values are kept: nothing that calls anything.
"""

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 50_000_000
_CHECK = re.compile(r"""\bcheck\(\s*["']([a-z_]+\.\d+)["']""")
_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class NotANotebook(ValueError):
    """A file that is no notebook; the text says why."""


@dataclass(frozen=True)
class Cell:
    """The code of one cell; `exercise` is its name, or "" for a cell that only defines."""

    source: str
    exercise: str = ""


def all_cells(path: str | Path) -> list[dict]:
    """Return the cells of a notebook file (format 4) as it has them; NotANotebook says why not."""
    path = Path(path)
    if path.stat().st_size > MOST_BYTES:
        raise NotANotebook(f"{path.name} is larger than {MOST_BYTES / 1e6:.0f} MB")
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise NotANotebook(f"{path.name} is not JSON, so it is no notebook") from None
    cells = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise NotANotebook(f"{path.name} has no list of cells, so it is no notebook")
    return cells


def cells_of(cells: Sequence[dict]) -> list[Cell]:
    """Return what is to be run, in order: definitions, and exercises with their name."""
    code = [cell for cell in cells if cell.get("cell_type") == "code"]
    found = [Cell(source(cell), exercise_of(cell)) for cell in code]
    found = [cell if cell.exercise else Cell(definitions(cell.source)) for cell in found]
    return [cell for cell in found if cell.source]


def source(cell: dict) -> str:
    """Return a cell's source, which may be kept as a list of lines."""
    text = cell.get("source", "")
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def exercise_of(cell: dict) -> str:
    """Return the name of the exercise that a cell checks; "" where it is tagged as none."""
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    found = _CHECK.search(source(cell))
    return found[1] if found and isinstance(tags, list) and "exercise" in tags else ""


def definitions(text: str) -> str:
    """Return of a cell's code what imports, defines, or names a plain value; "" for nothing."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError):  # a magic, or no code at all
        return ""
    kept = [node for node in body if isinstance(node, _DEFINITIONS) or _is_plain(node)]
    return ast.unparse(ast.Module(kept, []))


def _is_plain(node: ast.stmt) -> bool:
    """Say whether a statement gives a name to a value that needs no experiment before it."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    needs = (ast.Call, ast.Await, ast.Attribute, ast.Subscript, ast.comprehension)
    late = isinstance(node.value, ast.Lambda)  # what it calls is called later
    return late or not any(isinstance(part, needs) for part in ast.walk(node))
