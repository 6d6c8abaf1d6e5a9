"""Hints wake the poll; where none can be had, that is said once."""

import threading
from threading import Event

import pytest
from watchdog.events import FileClosedNoWriteEvent, FileOpenedEvent

from exporter.tail import hints
from exporter.tail.hints import Hints


@pytest.fixture
def woken():
    """Return the signal that hints set."""
    return Event()


@pytest.fixture
def watching(woken):
    """Return hints that are stopped after the test."""
    watching = Hints(woken, "/nowhere/ledger.db")
    yield watching
    watching.stop()


def test_a_write_wakes(tmp_path, woken, watching):
    """Writing and renaming in a watched folder set the signal."""
    path = tmp_path / "a.log"
    path.write_bytes(b"line\n")

    assert watching.watch([str(tmp_path)]) is None

    for change in (lambda: path.write_bytes(b"more\n"), lambda: path.rename(tmp_path / "a.log.1")):
        change()
        assert woken.wait(5)
        woken.clear()


def test_reading_does_not_wake(woken, watching):
    """Our own opening and closing of a log are no hints."""
    for event in (FileOpenedEvent("a.log"), FileClosedNoWriteEvent("a.log")):
        watching._handler.dispatch(event)

    assert not woken.is_set()


def test_a_flood_ends_the_watches_while_they_are_changed(tmp_path, watching):
    """Folders whose watches a flood has just ended can be given up without harm."""
    assert watching.watch([str(tmp_path)]) is None
    watching._observer.unschedule_all()

    assert watching.watch([]) is None
    assert watching.watch([str(tmp_path)]) is None
    assert [str(tmp_path)] == [watch.path for watch in watching._watches.values()]


def test_a_flood_of_events(tmp_path, woken, watching, monkeypatch):
    """After more events than are worth their while the folder isn't watched for a while, and then again."""
    monkeypatch.setattr(hints, "FLOOD", 3)
    assert watching.watch([str(tmp_path)]) is None
    for number in range(3):
        (tmp_path / f"{number}.log").write_bytes(b"line\n")
    for _ in range(500):
        if watching._observer.emitters:
            Event().wait(0.01)

    assert [0] * hints.REST == [watching.watch([str(tmp_path)]) or len(watching._watches) for _ in range(hints.REST)]
    assert watching.watch([str(tmp_path)]) is None
    woken.clear()
    (tmp_path / "a.log").write_bytes(b"line\n")
    assert woken.wait(5)


def test_folder_made_anew(tmp_path, woken, watching):
    """A folder that is missing is no fault, and one made anew under the same name is watched again."""
    folder = tmp_path / "logs"

    assert watching.watch([str(folder)]) is None

    for _ in range(2):
        folder.mkdir()
        assert watching.watch([str(folder)]) is None
        woken.clear()
        (folder / "a.log").write_bytes(b"line\n")
        assert woken.wait(5)
        (folder / "a.log").unlink()
        folder.rmdir()
        assert watching.watch([str(folder)]) is None


def test_no_watches_left(tmp_path, woken, monkeypatch):
    """Without watches, that is said once, and no thread is left."""

    class Refusing(hints.Observer):
        """A system that has no watch left."""

        def schedule(self, *args, **more):
            """Refuse."""
            raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(hints, "Observer", Refusing)
    before = set(threading.enumerate())
    watching = Hints(woken, "/nowhere/ledger.db")
    said = [watching.watch([str(tmp_path)]) for _ in range(3)]

    assert said[1:] == [None, None]
    assert "inotify watch limit reached" in said[0]
    assert "polling" in said[0]
    assert before == set(threading.enumerate())
