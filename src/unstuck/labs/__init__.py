"""Live panels, and beside each the plain function that does the same without widgets."""

from unstuck.labs.text_mode import instead_of
from unstuck.late_interrupts import import_whole
from unstuck.machine import runtime_problem


def heartbeat():
    """Return the heartbeat panel, to be shown as the last value of a cell.

    Where there are no widgets, or no processes, it prints what to do instead and returns None.
    """
    return _panel("panel", "Heartbeat")


def lanes():
    """Return the panel that shows who works on what, to be shown as the last value of a cell.

    Where there are no widgets, or no processes, it prints what to do instead and returns None.
    """
    return _panel("lanes_panel", "Lanes")


def roads():
    """Return the panel that sends a payload along every road, to be shown as a cell's last value.

    Where there are no widgets, or no processes, it prints what to do instead and returns None.
    """
    return _panel("roads_panel", "RoadsPanel")


def breakeven():
    """Return the panel that finds from when on each hatch pays, to be a cell's last value.

    Where there are no widgets, or no processes, it prints what to do instead and returns None.
    """
    return _panel("breakeven_panel", "BreakEvenPanel")


def cluster():
    """Return the panel that runs a cluster and harms it, to be shown as a cell's last value.

    Where there are no widgets, or no processes, it prints what to do instead and returns None.
    """
    return _panel("cluster_panel", "ClusterPanel")


def flame(profile=None):
    """Return the panel that shows a profile as a flame graph, to be a cell's last value.

    `profile` comes from `unstuck.profiling` or `read_profile`; without one, open a file in it.
    Where there are no widgets, or no processes, it prints what to do instead and returns None.
    """
    return _panel("flame_panel", "FlamePanel", profile)


def queueing():
    """Return the panel that simulates queues at up to 10,000 workers, to be a cell's last value.

    Where there are no widgets, or no processes, it prints what to do instead and returns None.
    """
    return _panel("queueing_panel", "QueueingPanel")


def room():
    """Return the panel that pools the room's result cards, to be shown as a cell's last value.

    Where there are no widgets, or no processes, it prints what to do instead and returns None.
    """
    return _panel("room_panel", "RoomPanel")


def decision(results=()):
    """Return the decision tree to click through, citing your `results`, to be a cell's last value.

    Where there are no widgets, or no processes, it prints what to do instead and returns None.
    """
    return _panel("decision_panel", "DecisionPanel", results)


def adviser(results=()):
    """Return the panel that advises on your service from `results`, to be a cell's last value.

    Where there are no widgets, or no processes, it prints what to do instead and returns None.
    """
    return _panel("adviser_panel", "AdviserPanel", results)


def _panel(module: str, name: str, *given):
    if problem := runtime_problem():
        print(problem)
        return None
    try:
        panels = import_whole(f"unstuck.labs.{module}")
    except ImportError as error:
        print(instead_of(module, error))
        return None
    return getattr(panels, name)(*given)
