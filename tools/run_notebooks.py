"""Run every notebook from a clean kernel and store its outputs, so that it reads without one.

Widget views are left out: in a reopened notebook they would be dead. Beside them stands the
panel's sentence, which says how to bring it to life.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

WIDGET = "application/vnd.jupyter.widget-view+json"


def run(path: Path) -> None:
    """Run one notebook in its folder and write it back."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": path.parent}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)
            output.get("metadata", {}).clear()
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = {"kernelspec": spec}
    nbformat.write(notebook, path)


def main(names: list[str]) -> int:
    """Run the notebooks named, or all; say which is being run."""
    root = Path(__file__).parent.parent
    every = sorted(root.glob("notebooks/*.ipynb")) + sorted(root.glob("workshop/*.ipynb"))
    for path in [Path(name) for name in names] or every:
        print(f"running {path.name}", flush=True)
        run(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
