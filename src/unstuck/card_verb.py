"""The verbs `card` and `room` of `python -m unstuck`: make a result card, or pool the room's."""

import argparse
import asyncio
import json


def add(verbs) -> argparse.ArgumentParser:
    """Add the verb `card` to the subparsers of a command line."""
    parser = verbs.add_parser("card", help="measure this machine's result card, at most a minute")
    parser.add_argument("--to", default="my_card.json", help="the file to write (my_card.json)")
    parser.set_defaults(do=run)
    return parser


def run(arguments) -> int:
    """Measure, write the card and print it; returns the exit code, 0."""
    from unstuck.result_card import result_card

    card = asyncio.run(result_card(arguments.to))
    print(json.dumps(card.as_dict()) if arguments.json else card)
    return 0


def add_room(verbs) -> argparse.ArgumentParser:
    """Add the verb `room` to the subparsers of a command line."""
    parser = verbs.add_parser("room", help="pool the result cards of a folder")
    parser.add_argument("folder", help="the folder that holds the cards")
    parser.set_defaults(do=run_room)
    return parser


def run_room(arguments) -> int:
    """Read the cards and say what they are, and what was refused; returns the exit code, 0."""
    from unstuck.room import read_cards, told

    cards, refusals = read_cards(arguments.folder)
    if arguments.json:
        files = {each.name: each.reason for each in refusals}
        print(json.dumps({"cards": [card.as_dict() for card in cards], "refused": files}))
    else:
        print(told(cards, refusals))
    return 0
