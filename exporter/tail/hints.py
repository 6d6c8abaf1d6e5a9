"""
Hints from the operating system that something was written: they only wake the poll earlier.

Folders are watched, not files. Where no watches can be had, polling alone does the work; so it does for a while after
a flood of events, of which each costs more than it tells.
"""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Event as Signal

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

FLOOD = 1_000
"""Events between two calls of `Hints.watch` that are too many."""
REST = 15
"""Calls of `Hints.watch` after a flood for which nothing is watched."""

_TELLING = frozenset({"created", "modified", "moved", "deleted"})


class Hints:
    """Sets a signal when something happens in the watched folders."""

    def __init__(self, signal: Signal, own: str) -> None:
        """Set *signal* at each event but those of files whose path begins with *own*: what we write ourselves."""
        # Made when first needed: making one takes one of the few watchers that the system has.
        self._observer: BaseObserver | None = None
        self._handler = _Waker(signal, own, self._end_watches)
        self._watches: dict[tuple[str, int], ObservedWatch] = {}
        self._given_up = False
        self._rest = 0

    def watch(self, folders: Iterable[str]) -> str | None:
        """Watch exactly *folders* from now on; return a sentence, once, when that can't be done."""
        self._rest = REST if self._handler.flooded else max(self._rest - 1, 0)
        self._handler.events = 0
        if self._rest:
            self._watches.clear()
        if self._given_up or self._rest:
            return None
        wanted = {(folder, inode) for folder in set(folders) if (inode := _inode(folder))}
        try:
            observer = self._running()
            for gone in self._watches.keys() - wanted:
                with suppress(KeyError):  # a flood has just ended all watches
                    observer.unschedule(self._watches.pop(gone))
            for folder, inode in sorted(wanted - self._watches.keys()):
                self._watches[folder, inode] = observer.schedule(self._handler, folder, recursive=False)
        except OSError as error:
            self._given_up = True
            self.stop()
            return f"no hints from the system about new lines ({error.strerror or error}); polling goes on without them"
        return None

    def stop(self) -> None:
        """Stop watching; wait for the observer's thread."""
        self._watches.clear()
        observer, self._observer = self._observer, None
        if observer:
            observer.stop()
            if observer.is_alive():
                observer.join()

    def _running(self) -> BaseObserver:
        """Return the observer, started. Raises OSError where the system has no watcher left."""
        if self._observer is None:
            self._observer = Observer()
            self._observer.start()
        return self._observer

    def _end_watches(self) -> None:
        if observer := self._observer:
            observer.unschedule_all()


def _inode(folder: str) -> int | None:
    """Return the inode of a folder that can be watched now: one made anew under the same name needs a new watch."""
    try:
        return os.stat(folder).st_ino if os.access(folder, os.R_OK, effective_ids=True) else None
    except OSError:
        return None


class _Waker(FileSystemEventHandler):
    def __init__(self, signal: Signal, own: str, end: Callable[[], None]) -> None:
        self.events = 0
        self._signal = signal
        self._own = own
        self._end = end

    @property
    def flooded(self) -> bool:
        return self.events >= FLOOD

    def on_any_event(self, event: FileSystemEvent) -> None:
        self.events += 1
        if self.events == FLOOD:
            self._end()
        # Our own opening and closing of the logs are events too.
        if event.event_type in _TELLING and not os.fsdecode(event.src_path).startswith(self._own):
            self._signal.set()
