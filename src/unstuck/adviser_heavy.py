"""The adviser's last rules: a worker pays; which one, how many, and in how many pods."""

import math
from dataclasses import replace

from unstuck import adviser_words as words
from unstuck.adviser_advice import Advice
from unstuck.adviser_case import FULL, HEAVY_SHARE, SMALL_PAYLOAD, Case, Pays
from unstuck.adviser_evidence import CALLS, MeasureFirst, cited
from unstuck.breakeven_words import milliseconds
from unstuck.scoreboard_result import Scoreboard


def heavy(case: Case) -> Advice | None:
    """Requests that compute so much that a worker pays."""
    pays, size = case.pays(), case.size
    because = (pays.sentence, f"a request computes {milliseconds(case.service.cpu_ms)}")
    if not pays.sooner:
        because = (*because, "it buys a free loop; sooner it is not")
    because = (*because, case.queue(size))
    change = (f"if cpu_ms fell below {pays.ms:.2g}: stay inline", "if a better algorithm was found")
    limit = FULL * case.cpus * 1e3 / case.service.cpu_ms
    change = (*change, f"above {limit:.0f} requests/s: more CPUs than {case.cpus}")
    if case.service.blocking_wait and case.service.waits_ms:
        change = (*change, "nothing for the wait: it goes to the same worker, or to to_thread")
    advice = Advice("", "", because, change)
    if case.service.in_c:
        return _in_c(case, advice)
    return _by_payload(case, pays, advice)


def _in_c(case: Case, advice: Advice) -> Advice:
    mine, loop = case.row("threads", "CPU in C"), case.row("inline", "CPU in C")
    if case.cpus > 1 and max(mine.rates) < min(loop.rates):
        why = "threads were slower than the loop with CPU in C: did it release the GIL?"
        raise MeasureFirst(CALLS[Scoreboard], why)
    because = (*advice.because, case.told("threads", "CPU in C"))
    if case.service.runtime == "node":
        named = ("helper threads", words.helper_threads(max(4, case.size)))
    else:
        named = ("asyncio with to_thread", words.to_thread(case.size))
    change = (*advice.change, "if it were pure Python or JavaScript: ask again with in_c=False")
    return Advice(*named, because, change)


def _by_payload(case: Case, pays: Pays, advice: Advice) -> Advice:
    service, node = case.service, case.service.runtime == "node"
    if service.payload_bytes < SMALL_PAYLOAD:
        change = (*advice.change, f"with payloads above {SMALL_PAYLOAD} bytes: measure the roads")
        return _pooled(case, pays, replace(advice, change=change))
    road = "worker, clone" if node else "process, pickle"
    ms, sentence = case.copy_ms(road)
    share = ms / service.cpu_ms
    advice = replace(advice, because=(*advice.because, f"{sentence}: {share:.0%} of the computing"))
    if share < HEAVY_SHARE:
        return _pooled(case, pays, advice)
    better = "worker, transfer" if node else "process, reused block"
    because = (*advice.because, case.copy_ms(better)[1])
    change = (*advice.change, f"if the copy took less than {HEAVY_SHARE:.0%}: a pool that copies")
    if node:
        return Advice("piscina", words.piscina(case.size, move=True), because, change)
    return Advice("shared memory", words.shared(case.size), because, change)


def _pooled(case: Case, pays: Pays, advice: Advice) -> Advice:
    """A warm pool: of interpreters where they do as much in less memory, else of processes."""
    size = case.size
    if case.service.runtime == "node":
        because = (*advice.because, case.told("pool", "pure CPU"))
        return Advice("piscina", words.piscina(size), because, advice.change)
    because = (*advice.because, case.told("pool", "pure CPU"))
    if _interpreters_do(case):
        because = (*because, case.told("interpreters", "pure CPU"), _sizes(case))
        change = (*advice.change, "if a crash must end one worker alone: a process pool")
        return Advice("interpreter pool", words.interpreters(size), because, change)
    return Advice("process pool", words.pool(size), because, advice.change)


def _interpreters_do(case: Case) -> bool:
    """Say whether interpreters pay: alone, or as much as processes and with less memory."""
    try:
        mine, ms = case.row("interpreters", "pure CPU"), case.seen.pays_from("interpreters")
    except MeasureFirst:  # this Python has none
        return False
    if ms is None or ms > case.service.cpu_ms:
        return False
    other, processes = case.row("pool", "pure CPU"), case.seen.pays_from("pool")
    if processes is None or processes > case.service.cpu_ms:
        return True
    return mine.rate >= 0.9 * other.rate and mine.worker_bytes < other.worker_bytes


def _sizes(case: Case) -> str:
    rows = [case.row(name, "pure CPU") for name in ("interpreters", "pool")]
    one, other = (f"{row.worker_bytes / 1e6:.0f} MB" for row in rows)
    return cited(f"a worker holds {one} as an interpreter, {other} as a process", case.board)


def in_pods(case: Case, inner: Advice) -> Advice:
    """The same, as one process per pod: what to ask the platform for."""
    inside = 1 if inner.category in ("process pool", "shared memory", "piscina") else 0
    row = case.row("pool", "pure CPU")
    base = row if case.service.runtime == "python" else case.row("child", "pure CPU")
    size = base.worker_bytes + inside * row.worker_bytes
    replicas = max(1, math.ceil(case.service.load / FULL))
    lines = f"{words.pod(replicas, size)}\n# in each pod: {inner.category}, of size 1"
    text = cited(f"a process holds {base.worker_bytes / 1e6:.0f} MB", case.board)
    because = (*inner.because, f"{case.service.load:.2f} CPUs of work, {FULL:.0%} busy", text)
    change = [text for text in inner.change if "CPUs than" not in text and "kubernetes" not in text]
    change = (*change, "without a platform that restarts and balances: kubernetes=False")
    return Advice("one process per pod", lines, because, change)
