"""The commands that a primary hears: one JSON object a line, {"do": "kill", "pid": 123}."""

import json
from collections.abc import Callable
from dataclasses import replace


class Commands:
    """Does each command to a primary; one that cannot be done is told to `on_event`."""

    def __init__(self, primary, on_event: Callable[[dict], None]):
        self._primary, self._on_event = primary, on_event
        self._known = {
            "kill": self._kill,
            "hang": self._hang,
            "crash_at_start": self._crash_at_start,
            "restart": lambda command: primary.changes.restart(),
            "add": lambda command: primary.changes.add(),
            "remove": lambda command: primary.changes.remove(),
            "stop": lambda command: primary.stop(),
        }

    def do(self, text: str) -> None:
        """Do the command in a line of text."""
        try:
            command = json.loads(text)
            known = self._known[command["do"]]
        except (ValueError, TypeError, KeyError):
            words = ", ".join(self._known)
            return self._refuse(f'a command is a line like {{"do": "stop"}}, with one of: {words}')
        try:
            known(command)
        except (ValueError, TypeError, KeyError) as error:
            self._refuse(str(error))

    def _refuse(self, why: str) -> None:
        self._on_event({"kind": "refused", "why": why})

    def _kill(self, command: dict) -> None:
        self._primary.link(command.get("pid")).kill("that was asked for")

    def _hang(self, command: dict) -> None:
        self._primary.link(command.get("pid")).tell(do="hang")

    def _crash_at_start(self, command: dict) -> None:
        self._primary.job = replace(self._primary.job, crash=bool(command.get("on")))
