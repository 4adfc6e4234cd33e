"""All claims of the course, each in one sentence, with the notebook that teaches it."""

from unstuck.claims_seen import Claim

_ROWS = (  # id, notebook, sentence
    (
        "P1",
        "01_blocked_loop",
        "One thread runs your code: the loop starts IO, and the code moves on.",
    ),
    ("P2", "01_blocked_loop", "For work that waits, one thread holds thousands of waits at once."),
    ("P3", "01_blocked_loop", "Some IO goes to a pool of helper threads, and its size is a limit."),
    ("P4", "01_blocked_loop", "A long computation blocks the loop, and the server answers nobody."),
    ("C1", "03_child", "A child process is another program with its own memory, behind pipes."),
    ("C2", "03_child", "What a child writes can be read as a stream while it still runs."),
    ("C3", "03_child", "Isolation costs more, and where users' code runs it is worth its price."),
    (
        "W1",
        "05_interpreters",
        "A worker lives in your process, with its own loop and its own heap.",
    ),
    ("W2", "05_interpreters", "A worker takes a prime check off the loop and answers by message."),
    ("W3", "05_interpreters", "A worker can fail: its errors and its exit code must be handled."),
    ("W4", "07_sharing", "Messages are copied, and a large one costs more than a small one."),
    ("W5", "07_sharing", "A buffer can be moved instead, and leaves its sender empty."),
    ("W6", "07_sharing", "Memory can be shared, but without atomics or a lock updates get lost."),
    ("W7", "06_pool", "One worker for each task is dear; a warm pool pays for the start once."),
    ("W8", "06_pool", "Size a pool to what is available: more workers than cores rarely help."),
    (
        "K1",
        "08_cluster",
        "A cluster's processes share one port, and connections are spread over them.",
    ),
    (
        "K2",
        "08_cluster",
        "One worker for each core fills the machine; the answer shows who served.",
    ),
    ("K3", "08_cluster", "When a worker exits, another one is started."),
    (
        "K4",
        "08_cluster",
        "A cluster helps the others only: a computation still blocks its own worker.",
    ),
    (
        "K5",
        "08_cluster",
        "Behind a proxy that balances over several servers, a cluster may be spared.",
    ),
    ("K6", "10_beyond_one_machine", "With one process a pod, the platform restarts and balances."),
    ("D1", "09_choosing", "Another program: a child. Computation: a worker. Requests: a cluster."),
    (
        "D2",
        "02_profile_first",
        "Profile first: perhaps a better algorithm is needed, and no worker.",
    ),
    ("D3", "09_choosing", "Measure before and after, and keep most of the code on one thread."),
    (
        "X1",
        "01_blocked_loop",
        "The article's check is too short to be felt; a worker for it costs more.",
    ),
    (
        "X2",
        "05_interpreters",
        "A promise around a worker that exits with 0 and no message stays open.",
    ),
    (
        "X3",
        "03_child",
        "The child example crashes on a missing program, and calls failure success.",
    ),
    ("X4", "08_cluster", "The cluster example starts a worker that dies at its start for ever."),
    ("X5", "06_pool", "Counting all CPUs is not counting those that this process may use."),
    (
        "X6",
        "08_cluster",
        "It is the primary that spreads the connections, in turn, and not the OS.",
    ),
    ("X7", "05_interpreters", "The prime check says true for NaN, for 2.5 and for a text."),
    ("X8", "08_cluster", "A connection that is kept alive stays with one worker."),
)

CLAIMS = {id: Claim(id, sentence, notebook) for id, notebook, sentence in _ROWS}
