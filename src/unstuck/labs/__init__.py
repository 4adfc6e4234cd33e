"""Live panels, and beside each the plain function that does the same without widgets."""

from unstuck.machine import runtime_problem


def heartbeat():
    """Return the heartbeat panel, to be shown as the last value of a cell.

    Where there are no widgets, or no processes, it prints what to do instead and returns None.
    """
    if problem := runtime_problem():
        print(problem)
        return None
    try:
        from unstuck.labs.panel import Heartbeat
    except ImportError as error:
        print(
            f"The panel needs ipywidgets 8 and anywidget ({error}). Everything it does can be "
            "done without it: await watch('kernel', seconds=1.0)"
        )
        return None
    return Heartbeat()
