"""The cluster panel: several workers on one port, clients that ask, and buttons that do harm.

`unstuck.labs.cluster()` shows it. `unstuck.cluster_watch.watch_cluster()` does the same, with one
kill, where there are no widgets. The panel only reads its controls and draws.
"""

import asyncio
from collections.abc import Coroutine
from typing import ClassVar

from unstuck.children import ChildFailed
from unstuck.cluster_kept import ClusterKept
from unstuck.labs.cluster_board import Board
from unstuck.labs.cluster_controls import ClusterControls
from unstuck.labs.cluster_deeds import Deeds
from unstuck.labs.cluster_keep import kept_row, kept_run
from unstuck.labs.cluster_picture import ClusterPicture
from unstuck.labs.cluster_rows import table
from unstuck.labs.cluster_run import LONGEST, ClusterRun
from unstuck.labs.polite import Polite
from unstuck.machine import default_workers


class ClusterPanel(ClusterControls):
    """The panel: choices, Run and Stop, the buttons for a running cluster, status, picture.

    One cluster runs at a time, whatever panel began it. `status` is the text that is shown.
    """

    KEPT, KIND = "unstuck-cluster.json", "cluster"
    current: ClassVar["ClusterPanel | None"] = None  # whose cluster runs, or ran last

    def __init__(self):
        super().__init__()
        self.picture = ClusterPicture(self._main.loop, self._main.handler(self._unseen))
        self._session = ClusterRun(self._on_frame, self._on_end)
        self._deeds = Deeds(self._session, self.say)
        self._doing: dict[asyncio.Task, tuple] = {}  # the button's name, and the worker's id
        self._polite = Polite(self._main.loop, super().say)
        self._beside: list[ClusterKept] = []  # another run, to be compared with
        self._why_stopped, self._stops, self._ending = "", 0, False
        self._status.add_class("unstuck-cluster-said")
        self.children = [
            self._choices,
            self._about,
            self._buttons,
            self._status,
            self.picture,
        ]
        self.add_class("unstuck-cluster-panel")
        self._take_over()
        self.say(f"Ready. This machine fits {default_workers().reason}")

    @property
    def board(self) -> Board:
        """What is known of the cluster that runs, or ran last."""
        return self._session.board

    def on_press(self, name: str, button) -> None:
        """Do what a button says to the cluster that runs, if one does."""
        choice = (self.pid.value,) if name in ("kill", "hang") else ()
        doing = (name, *choice) in self._doing.values()  # once at a time, and once to a worker
        if self._session.cluster is None or button.disabled or doing:
            return
        button.disabled = not choice
        task = self._begin(getattr(self._deeds, name)(*choice), name, *choice)
        task.add_done_callback(lambda done: self._after(button))

    def _after(self, button) -> None:
        button.disabled = self._session.cluster is None

    def on_toggle(self, change) -> None:
        """Let workers crash at their start from now on, or no more."""
        if self._session.cluster is not None:
            self._begin(self._deeds.crash_at_start(change.new), "crash")

    def _begin(self, deed: Coroutine, *what) -> asyncio.Task:
        task = self._main.spawn(self._do(deed))
        self._doing[task] = what
        task.add_done_callback(self._doing.pop)
        return task

    async def _do(self, deed: Coroutine) -> None:
        try:
            said = await deed
        except ChildFailed:
            if not self.board.kinds["failed"]:  # else the run itself tells of it
                raise
            return
        self.offer(self._session.cluster.pids)
        self.say(said)

    def _on_frame(self, frame: dict) -> None:
        self.picture.tell(frame)
        cluster = self._session.cluster
        if cluster is None:
            return
        self.offer(cluster.pids)
        self.picture.show(self._rows)
        if self.crash.disabled:
            self.usable(True)
            self.say("The cluster serves. Choose a worker and harm it, or restart them all.")
        self.limit(self.board.slots(), ("add",) in self._doing.values())

    def _on_end(self) -> None:
        """The cluster begins to stop: what the buttons began is over."""
        self._ending = True
        for task in list(self._doing):
            task.cancel()
        self.usable(False)
        self.say("Stopping: the clients left, the workers finish. One more Stop kills them.")

    async def one_run(self) -> None:
        """Run a cluster as the controls say, until Stop."""
        self._beside, self._stops, self._ending, self.keep.disabled = [], 0, False, True
        if before := self._take_over():
            self.say("Starting as soon as the other panel's cluster has ended.")
            await asyncio.wait({before})
        self._why_stopped, self.crash.value = "Stopped by you.", False
        self.say("Starting the workers and their clients.")
        try:
            await self._session.serve(*self.wishes(LONGEST))
            self.say(f"{LONGEST:.0f} s are over: the run has ended. {self._session.totals()}")
        except ChildFailed as error:
            self._gave_up(error)
        finally:
            self.keep.disabled = not self.board.tally.sent["light"]
            self.picture.show(self._rows, last=True)

    def _gave_up(self, error: ChildFailed) -> None:
        """Tell of workers that would not start; that is a result here, unlike other errors."""
        count = self.board.failed_starts
        if not (count and self.board.kinds["failed"]):
            raise error
        why = str(error).rstrip(".")
        end = "Its port is free again, and no process of it is left."
        self.say(f"The cluster gave up after {count} starts that failed: {why}. {end}", "alert")

    def _on_stop(self, button) -> None:
        """Stop; once more, while the workers finish, kills them. Further clicks are dropped."""
        self._stops += 1
        heard = self._stops == 1 or (self._ending and self._stops == 2)
        if heard and self._task is not None:
            self._task.cancel()

    def _rows(self) -> list[list[str]]:
        """The table: the workers, and where two runs are compared, both."""
        beside = [kept_row("kept run", each) for each in self._beside]
        mine = [kept_row("this run", kept_run(self._session))] if self._session.plan else []
        return [*table(self.board), *(mine + beside if beside else [])]

    def measured(self) -> list[ClusterKept]:
        """The last run."""
        return [kept_run(self._session)]

    def show_beside(self, other: list[ClusterKept]) -> None:
        """Put this run and the other one into the table."""
        self._beside = other
        self.picture.show(self._rows, last=self._task is None)
        self.say(f"The table has both runs now. The kept one: {other[-1].origin}.")

    @property
    def status(self) -> str:
        """The newest sentence; what is no error is shown a second after the one before."""
        return self._polite.waiting or super().status

    def say(self, text: str, role: str = "status") -> None:
        """Show a sentence: an error at once, others at most once a second."""
        if role == "status":
            self._polite.tell(text)
        else:
            self._polite.drop()
            super().say(text, role)

    def _take_over(self) -> asyncio.Task | None:
        """Stop what another panel runs; return what to wait for, if it runs."""
        other, ClusterPanel.current = ClusterPanel.current, self
        if other is None or other is self:
            return None
        return other.end("Replaced: another panel was shown or run, and has the cluster now.")

    def end(self, why: str) -> asyncio.Task | None:
        """Begin to stop the run, if there is one, and say why; the task that ends is returned."""
        task = self._task
        if task is not None:
            self._why_stopped = why
            task.cancel()
        return task

    def _unseen(self) -> None:
        self.end("Stopped: the panel is not shown any more.")

    def after_stop(self) -> None:
        """Say what the clients had, and that nothing is left."""
        end = "No process of it is left."
        if self._session.killed:
            end = "Its processes did not end by themselves in time, and were killed."
        self.say(f"{self._why_stopped} {self._session.totals()} {end}")

    def close(self) -> None:
        """Close the widget; its cluster is stopped."""
        if getattr(self, "_task", None) is not None:  # a panel may be closed half made
            self._unseen()
        super().close()

    def __repr__(self) -> str:
        return "Cluster panel: run this cell in JupyterLab to bring it to life."
