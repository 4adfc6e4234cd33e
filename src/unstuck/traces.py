"""What a run of many tasks looked like: each task's waiting, its worker, its end; and in one line.

A `Trace` is data only: `tracing` makes it, `lane_chart` draws it.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Task:
    """One task. Times are `time.time()` seconds; `worker` is (process id, thread id) if known."""

    number: int
    submitted: float
    began: float
    ended: float
    worker: tuple[int, int] | None
    failed: str | None = None  # a sentence, where it failed
    answer: object = field(default=None, repr=False)

    @property
    def waited(self) -> float:
        """Seconds from being submitted to its begin in a worker."""
        return self.began - self.submitted

    @property
    def ran(self) -> float:
        """Seconds from its begin to its end."""
        return self.ended - self.began


@dataclass(frozen=True, repr=False)
class Trace:
    """All tasks of one run, in the order of their numbers."""

    name: str
    runtime: str
    tasks: tuple[Task, ...]
    recorded: bool = False  # True where the times are not from this machine, now
    note: str = ""

    @property
    def failed(self) -> tuple[Task, ...]:
        """The tasks that failed."""
        return tuple(task for task in self.tasks if task.failed)

    @property
    def workers(self) -> set[tuple[int, int]]:
        """The workers that are known to have worked: (process id, thread id)."""
        return {task.worker for task in self.tasks if task.worker is not None}

    @property
    def summary(self) -> str:
        """One sentence, such as "9 ok, 1 failed: ZeroDivisionError in share, line 12"."""
        kinds = [task.failed.partition(": ")[0] for task in self.failed]
        each = (f"{kind} ({n} times)" if (n := kinds.count(kind)) > 1 else kind for kind in kinds)
        text = f"{len(self.tasks) - len(kinds)} ok, {len(kinds)} failed"
        return f"{text}: {'; '.join(dict.fromkeys(each))}" if kinds else text

    def lanes(self) -> list[int]:
        """The lane of each task, from 0: as few as no two workers need at the same time."""
        places: list[list[Task]] = []
        for each in sorted(self._by_worker(), key=lambda tasks: tasks[0].began):
            place = next((p for p in places if p[-1].ended <= each[0].began), None)
            if place is None:
                places.append(place := [])
            place += each
        found = {task.number: lane for lane, tasks in enumerate(places) for task in tasks}
        return [found[task.number] for task in self.tasks]

    def _by_worker(self) -> list[list[Task]]:
        """The tasks of each worker in their order; one whose worker is unknown stands alone."""
        groups: dict[object, list[Task]] = {}
        for task in sorted(self.tasks, key=lambda task: task.began):
            groups.setdefault(task.worker or task.number, []).append(task)
        return list(groups.values())

    def waiting(self) -> list[tuple[float, int]]:
        """How many tasks wait from each moment on: (`time.time()` seconds, number)."""
        steps = [(task.submitted, 1) for task in self.tasks if task.began > task.submitted]
        steps += [(task.began, -1) for task in self.tasks if task.began > task.submitted]
        number, found = 0, []
        for at, step in sorted(steps):
            found.append((at, number := number + step))
        return found

    def __repr__(self) -> str:
        label = f" (recorded: {self.note})" if self.recorded else ""
        return f"{self.name} in {self.runtime}{label}: {self.summary}"
