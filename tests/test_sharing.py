"""A shared block lives as long as its owner wants: attachers, late views, kills change nothing."""

import os
import signal
import subprocess
import sys
import threading
from array import array
from pathlib import Path

import pytest

from unstuck import block_files, sharing

needs_files = pytest.mark.skipif(os.name == "nt", reason="on Windows a block has no file")
READ = """
import sys
from unstuck import sharing
with sharing.attach(sys.argv[1], 100) as block, block.view() as view:
    view[1] += 1
    print(view[0])
"""
OWN = """
import time
from unstuck import sharing
block = sharing.create(100)
print(block.name, flush=True)
time.sleep(60)
"""


def attached(name: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", READ, name],
        capture_output=True,
        text=True,
        timeout=30,
    )


def killed_owner(alone: bool = False) -> str:
    """The name of a block whose owner was ended hard, with Python's tracker or alone."""
    with subprocess.Popen(
        [sys.executable, "-c", OWN], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as owner:
        name = owner.stdout.readline().strip()
        os.kill(owner.pid, signal.SIGKILL) if alone else os.killpg(owner.pid, signal.SIGKILL)
    return name


def test_both_sides_see_what_the_other_writes():
    with sharing.create(100) as block, block.view() as view:
        view[0] = 7
        with sharing.attach(block.name, 100) as other, other.view() as theirs:
            assert theirs[0] == 7
            theirs[99] = 9
        assert view[99] == 9
        assert bytes(view[1:99]) == bytes(98)


def test_who_attaches_and_ends_takes_nothing_away():
    """E01"""

    with sharing.create(100) as block, block.view() as view:
        view[0] = 7
        for _ in range(10):
            seen = attached(block.name)
            assert (seen.returncode, seen.stdout, seen.stderr) == (0, "7\n", "")
        assert view[1] == 10
        assert attached(block.name).stdout == "7\n"
    assert attached(block.name).returncode != 0


def test_a_view_after_its_end_is_a_readable_error_in_each_order():
    """E02"""

    block = sharing.create(100)
    with block.view() as view:
        pass
    with pytest.raises(ValueError, match="released"):
        view[0]
    with block.view() as kept:
        block.close()
        with pytest.raises(ValueError, match="released"):
            kept[0]
    block.close()
    with pytest.raises(ValueError, match="is closed: create or attach one again"), block.view():
        pass


def test_what_still_looks_into_a_closed_block_can_be_read():
    """E02"""

    block = sharing.create(80)
    with block.view() as view:
        view[:] = array("d", range(10)).tobytes()
        part, numbers = view[8:16], view.cast("d")
        block.close()
    assert numbers[1] == 1.0
    assert part.cast("d")[0] == 1.0
    assert block.name not in sharing.blocks()
    del block, view
    assert numbers.tolist() == [float(n) for n in range(10)]


def test_an_array_of_numpy_can_be_read_after_the_end():
    """E02"""

    numpy = pytest.importorskip("numpy")
    block = sharing.create(80)
    with block.view() as view:
        numbers = numpy.frombuffer(view, dtype="d")
        numbers[:] = 3
    block.close()
    block = sharing.create(80)  # the cell is run again
    assert numbers.sum() == 30
    block.close()


def test_names_are_short_and_bear_our_prefix_and_the_owner():
    """E03"""

    for _ in range(20):
        with sharing.create(1) as block:
            assert len(block.name) <= 24
            assert block.name.startswith(f"unstuck-{os.getpid():x}-")
    assert len(f"unstuck-{2**32 - 1:x}-123456") <= 24


@needs_files
def test_a_size_that_is_rounded_up_changes_nothing(monkeypatch):
    """E03"""

    def rounded(file: int, size: int) -> None:
        os.ftruncate(file, -(-size // 16_384) * 16_384)

    monkeypatch.setattr(block_files, "_fill", rounded)
    with sharing.create(100) as block, block.view() as view:
        assert len(view) == 100
        view[:] = bytes(range(100))
        with sharing.attach(block.name, 100) as other, other.view() as theirs:
            assert theirs == bytes(range(100))


@needs_files
@pytest.mark.skipif(block_files.home() != Path("/dev/shm"), reason="there is no /dev/shm here")
def test_a_killed_owner_leaves_no_block(until):
    """E05: nothing else of the course need run."""
    killed = [killed_owner(alone=True) for _ in range(5)]
    until(lambda: not set(killed) & set(sharing.blocks()))


@needs_files
def test_what_killed_owners_left_is_removed_and_nothing_else():
    """E05"""

    foreign = block_files.home() / f"other-{os.getpid()}"
    foreign.write_bytes(b"1")
    try:
        with sharing.create(100) as living:
            killed = []  # other programs may have blocks of theirs, and those are left alone
            for _ in range(20):
                killed.append(killed_owner())
                assert set(killed) & set(sharing.blocks()) == {killed[-1]}
                sharing.create(1).close()
            assert killed[-1] not in sharing.blocks()
            assert living.name in sharing.blocks()
        assert foreign.exists()
    finally:
        foreign.unlink()


@needs_files
def test_a_block_that_has_no_lock_yet_is_left_to_its_owner():
    path = block_files.home() / block_files.new_name()
    path.touch()
    try:
        assert path.name not in sharing.clear_leftovers()
        os.utime(path, (0, 0))
        assert path.name in sharing.clear_leftovers()
    finally:
        path.unlink(missing_ok=True)


@needs_files
def test_a_block_that_nobody_closes_goes_with_its_owner():
    seen = subprocess.run(
        [
            sys.executable,
            "-c",
            "from unstuck import sharing\nprint(sharing.create(9).name, end='')\n"
            "kept = sharing.create(9)\nprint('', kept.name, end='')",
        ],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (seen.stderr, seen.returncode) == ("", 0)
    assert not set(seen.stdout.split()) & set(sharing.blocks())


@needs_files
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_of_the_owner_takes_nothing_away():
    code = (
        "import os\nfrom unstuck import sharing\nblock = sharing.create(9)\n"
        "child = os.fork()\nif child == 0:\n    block.close()\n    raise SystemExit\n"
        "os.waitpid(child, 0)\nprint(block.name in sharing.blocks())"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert seen.stdout == "True\n", seen.stderr


def test_wrong_sizes_and_names_are_told():
    for size in (0, -1, 2.5, True, "9", None):
        with pytest.raises(ValueError, match="whole number of bytes"):
            sharing.create(size)
    for name in ("", "psm_123", "../unstuck-1-123456", None):
        with pytest.raises(ValueError, match="is not the name of a block"):
            sharing.attach(name, 1)
    with pytest.raises(FileNotFoundError, match="its owner has closed it"):
        sharing.attach("unstuck-1-abcdef", 1)
    with sharing.create(10) as block, pytest.raises(ValueError, match="bytes, not"):
        sharing.attach(block.name, 100_000)


@needs_files
def test_no_room_is_a_sentence_and_leaves_nothing():
    before = sharing.blocks()
    with pytest.raises(MemoryError, match="There is no room for a shared block"):
        sharing.create(2**60)
    assert sharing.blocks() == before


def test_many_threads_create_and_clear_at_once():
    failed = []

    def work() -> None:
        try:
            for _ in range(50):
                with sharing.create(10) as block, block.view() as view:
                    view[0] = 1
                    sharing.attach(block.name, 10).close()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
