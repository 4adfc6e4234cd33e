"""The decision tree as data: questions, answers that each cite a trial of your own, and leaves."""

from dataclasses import dataclass

from unstuck.decision_cites import Cite, cites


@dataclass(frozen=True)
class Edge:
    """One answer to a question, what it leads to (an id), and the trial that speaks for it."""

    answer: str
    to: str
    cite: Cite


@dataclass(frozen=True)
class Question:
    """What is asked; each answer is an edge."""

    text: str
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Leaf:
    """What to do, in Python and in Node.js, and the notebook that shows it."""

    text: str
    python: str
    node: str
    notebook: str


ROOT = "profiled"
TREE: dict[str, Question | Leaf] = {
    "profiled": Question(
        "Have you profiled it, and is the algorithm as good as it can be?",
        (
            Edge("no", "algorithm", cites["algorithm"]),
            Edge("yes", "trusted", cites["profiled"]),
        ),
    ),
    "trusted": Question(
        "Whose code is it: your own, a separate program, or a stranger's?",
        (
            Edge("a stranger's, or a program", "child", cites["child"]),
            Edge("our own", "waits", cites["guest"]),
        ),
    ),
    "waits": Question(
        "What takes the time: does it wait, or does it compute?",
        (
            Edge("it waits", "awaitable", cites["waiting"]),
            Edge("it computes", "long", cites["computing"]),
        ),
    ),
    "awaitable": Question(
        "Can what waits be awaited, or does its driver block?",
        (
            Edge("it can be awaited", "async", cites["await"]),
            Edge("it blocks", "to_thread", cites["blocking"]),
        ),
    ),
    "long": Question(
        "How long is a task against the break-even of a warm pool?",
        (
            Edge("shorter", "many", cites["shorter"]),
            Edge("longer", "machines", cites["longer"]),
        ),
    ),
    "many": Question(
        "Short tasks, and many of them: can one loop carry all requests?",
        (
            Edge("yes, below 70 % busy", "inline", cites["one loop"]),
            Edge("no", "cluster", cites["cluster"]),
        ),
    ),
    "machines": Question(
        "Are the CPUs of one machine enough?",
        (
            Edge("yes", "gil", cites["enough"]),
            Edge("no", "distributed", cites["distributed"]),
        ),
    ),
    "gil": Question(
        "Is it Python or JavaScript, or C code that lets others run?",
        (
            Edge("C code that releases the GIL", "to_thread", cites["in C"]),
            Edge("Python or JavaScript", "payload", cites["pure"]),
        ),
    ),
    "payload": Question(
        "What does the payload's copy take, against the task?",
        (
            Edge("more than a fifth", "shared", cites["big payload"]),
            Edge("less", "crash", cites["small payload"]),
        ),
    ),
    "crash": Question(
        "May one worker's crash end them all?",
        (
            Edge("yes, and memory is short", "interpreters", cites["interpreters"]),
            Edge("no", "pool", cites["pool"]),
        ),
    ),
    "algorithm": Leaf(
        "A better algorithm first",
        "profiling.sample(func, *args), then another way to compute",
        "node --cpu-prof, then another way to compute",
        "02_profile_first",
    ),
    "child": Leaf(
        "A child process with limits",
        "await isolate(source, Limits(seconds=5, cpu=5)), or run_program([...])",
        "spawn(program, args, { timeout, killSignal: 'SIGKILL' })",
        "03_child",
    ),
    "async": Leaf(
        "Stay in the loop, and await",
        "await connection.fetch(...)",
        "await db.query(...)",
        "04_threads",
    ),
    "to_thread": Leaf(
        "A thread beside the loop",
        "await asyncio.to_thread(func, *args)",
        "crypto.pbkdf2(..., callback): Node's helper threads run its own C code",
        "04_threads",
    ),
    "inline": Leaf(
        "Stay inline", "answer = func(*args)", "const answer = func(...args)", "01_blocked_loop"
    ),
    "cluster": Leaf(
        "A cluster: several loops on one port",
        "uvicorn --workers 2, or one process per pod",
        "cluster.fork() for each CPU, or one process per pod",
        "08_cluster",
    ),
    "distributed": Leaf(
        "Beyond one machine",
        "await distributed.run(func, *args)",
        "a queue, and workers on other machines",
        "10_beyond_one_machine",
    ),
    "shared": Leaf(
        "Shared memory",
        "SharedCalls(pool).run(func, memoryview(data))",
        "transferList, or a SharedArrayBuffer",
        "07_sharing",
    ),
    "interpreters": Leaf(
        "Warm interpreters",
        "await interpreters.run(func, *args)",
        "new Piscina({ filename }): worker threads",
        "05_interpreters",
    ),
    "pool": Leaf(
        "A warm process pool",
        "await pool.run(func, *args)",
        "child_process.fork, kept for the next task",
        "06_pool",
    ),
}
