"""The course in a kernel without widgets: what to run instead of each panel, and how to get it."""

from textwrap import dedent

PLAIN = {
    "panel": """
        from unstuck.labs.watch import watch
        await watch('kernel', seconds=1.0)""",
    "lanes_panel": """
        from unstuck.hatches import pool
        from unstuck.lane_chart import lanes_chart
        from unstuck.tracing import trace_tasks
        from unstuck.workloads import ARTICLE_NUMBER, is_prime
        numbers = [ARTICLE_NUMBER] * 12
        lanes_chart(await trace_tasks('pool', pool.run, is_prime, numbers, workers=2))""",
    "roads_panel": """
        from unstuck import roads, roads_chart
        roads_chart.roads_chart(await roads.try_roads('bytes'))""",
    "breakeven_panel": """
        from unstuck.breakeven import find_breakeven
        await find_breakeven()""",
    "cluster_panel": """
        from unstuck.cluster_watch import watch_cluster
        await watch_cluster(seconds=5, kill_after=2)""",
    "flame_panel": """
        from unstuck.flame_chart import flame_chart
        from unstuck.flame_read import read_profile
        flame_chart(profile)  # or, for a file: flame_chart(read_profile('its name'))""",
    "queueing_panel": """
        from unstuck.queueing import Setup, simulate
        from unstuck.queueing_chart import dispatch_chart
        dispatch_chart([simulate(Setup(workers=100))])""",
    "room_panel": """
        from unstuck.room import read_cards
        from unstuck.room_chart import speedup_chart
        cards, refusals = read_cards('cards')
        speedup_chart(cards)""",
    "decision_panel": """
        from unstuck.decision import walk
        print(walk([], results))""",
    "adviser_panel": """
        from unstuck.adviser import Service, advise
        advise(results, Service(requests_per_second=20, cpu_ms=30))""",
}
INSTALL = '%pip install "ipywidgets>=8.1.5,<9" "anywidget>=0.9.18"'


def instead_of(module: str, error: ImportError) -> str:
    """Say what is missing, what to run instead of the panel in `module`, and how to get it."""
    return f"""\
The panel needs ipywidgets 8 and anywidget ({error}).
Everything it does can be done without it, in a cell of your own:
{dedent(PLAIN[module])}

To have the panel: {INSTALL}
Then restart the kernel, reload the page and run this cell again."""
