"""The verb `progress` of `python -m unstuck`: check the exercises of notebooks, and tell."""

import argparse
import json


def add(verbs) -> argparse.ArgumentParser:
    """Add the verb to the subparsers of a command line."""
    parser = verbs.add_parser("progress", help="check the exercises of notebooks: it runs them")
    parser.add_argument("notebooks", nargs="+", metavar="NOTEBOOK", help="such as *.ipynb")
    parser.add_argument("--seconds", type=float, default=60, help="for each exercise, at most (60)")
    parser.add_argument("--keep", metavar="FILE", help="write the progress card, without names")
    parser.set_defaults(do=run)
    return parser


def run(arguments) -> int:
    """Check and print; returns the exit code, 0. ValueError where a file is no notebook."""
    from unstuck.progress_notebook import progress_of

    try:
        found = progress_of(*arguments.notebooks, seconds=arguments.seconds)
    except OSError as error:
        raise ValueError(f"{error.filename} cannot be read: {error.strerror}") from error
    if arguments.keep:
        found.keep(arguments.keep)
    print(json.dumps(found.as_dict()) if arguments.json else found)
    return 0
