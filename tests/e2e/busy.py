"""A writer that goes on all the while that something is done to its log."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event as Signal
from threading import Thread

from tests.e2e.running import until

Write = Callable[[int], object]
"""Writes what there is to write of the user of that number."""


class Busy:
    """Writes lines of one user after the other, until it is told to stop."""

    def __init__(self, write: Write) -> None:
        """Begin."""
        self.users = 0
        self._stop = Signal()
        self._write = write
        self._thread = Thread(target=self._go_on)
        self._thread.start()

    def _go_on(self) -> None:
        while not self._stop.wait(0.002):
            self._write(self.users)
            self.users += 1

    def more(self, users: int) -> None:
        """Wait until it has written of so many users more."""
        wanted = self.users + users
        until(f"{users} users more", lambda: self.users >= wanted)

    def stop(self) -> None:
        """Stop it."""
        self._stop.set()
        self._thread.join()


StartBusy = Callable[[Write], Busy]
"""Starts a writer that stops with the test."""
