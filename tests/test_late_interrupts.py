"""An interrupt in the middle of an import or a picture leaves no half of it, and is heard after."""

import importlib
import signal
import sys
import threading

import pytest

from unstuck.late_interrupts import import_whole
from unstuck.plots import png_of

HALF = """
import signal
FIRST = True
if INTERRUPTED: signal.raise_signal(signal.SIGINT)
LAST = True
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """package(interrupted) names a new module, which may be interrupted in its middle."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(interrupted: bool = True) -> str:
        name = f"half_{len(list(tmp_path.iterdir()))}_{id(tmp_path)}"
        (tmp_path / f"{name}.py").write_text(f"INTERRUPTED = {interrupted}\n{HALF}")
        importlib.invalidate_caches()
        return name

    return make


def test_an_interrupt_is_heard_once_the_package_is_whole(package):
    """B10"""
    name, before = package(), signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        import_whole(name)
    assert signal.getsignal(signal.SIGINT) is before
    assert sys.modules[name].LAST
    assert import_whole(name).FIRST


def test_without_an_interrupt_it_is_an_import(package):
    before = signal.getsignal(signal.SIGINT)
    assert import_whole(package(interrupted=False)).LAST
    assert signal.getsignal(signal.SIGINT) is before


def test_an_import_that_fails_fails_as_it_does(package):
    with pytest.raises(ModuleNotFoundError):
        import_whole("no_such_module_anywhere")
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def test_another_thread_may_import_too(package):
    """Only the main thread may say who hears signals."""
    found = []
    name = package(interrupted=False)
    thread = threading.Thread(target=lambda: found.append(import_whole(name).LAST))
    thread.start()
    thread.join(10)
    assert found == [True]


def test_a_picture_is_written_to_its_end_before_the_interrupt_is_heard():
    """B10: a traceback through matplotlib would take longer than the picture."""
    written = []

    class Figure:
        def savefig(self, buffer, **options):
            signal.raise_signal(signal.SIGINT)
            written.append("whole")

    with pytest.raises(KeyboardInterrupt) as caught:
        png_of(Figure())
    assert written == ["whole"]
    assert "savefig" not in [entry.name for entry in caught.traceback]
