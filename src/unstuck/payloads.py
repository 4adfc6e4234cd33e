"""Payloads of a given size, in four shapes: what is sent along the roads to a worker."""

from array import array

from unstuck.values import is_count, is_one_of

SHAPES = ("bytes", "array", "list", "dict")
BUFFERS = ("bytes", "array")  # one piece of memory; the others are many objects
MOST = 256 * 2**20  # bytes


def payload(shape: str, size: int) -> object:
    """Make a payload of about `size` bytes, counted 8 for each number; its content is known.

    "bytes"; an "array" of doubles; a "list" of ints; a "dict" of dicts with a list each.
    ValueError for another shape, and for a size that is no whole number from 1 to 256 MiB.
    """
    if not is_count(size, MOST):
        raise ValueError(f"size must be a whole number of bytes from 1 to {MOST}, not {size!r}")
    if not is_one_of(shape, SHAPES):
        raise ValueError(f"shape must be one of {', '.join(SHAPES)}, not {shape!r}")
    count = max(1, size // 8)
    if shape == "bytes":
        return bytes(range(256)) * (size // 256) + bytes(range(size % 256))
    if shape == "array":
        return array("d", range(count))
    if shape == "list":
        return list(range(count))
    return {n: {"id": n, "values": list(range(n, n + 6))} for n in range(max(1, count // 8))}


def length(value: object) -> int:
    """Return a payload's length: bytes of a buffer, items of a list or dict."""
    return len(value) if isinstance(value, list | dict) else memoryview(value).nbytes
