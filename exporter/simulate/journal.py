"""The log being written: every line framed with the wall clock, and when each daemon wrote last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from exporter.simulate.localtime import LocalTime


class Line(NamedTuple):
    """A line of the log without its line end, and the UTC second it was written in."""

    time: int
    text: str

    @property
    def data(self) -> bytes:
        """The bytes of the line with its end."""
        return f"{self.text}\n".encode()


class Journal:
    """Lines in the order they are written; *now* is the UTC second that they carry."""

    def __init__(self, local: LocalTime) -> None:
        """Take the wall clock of the server."""
        self.local = local
        self.now = 0
        self._lines: list[Line] = []
        self._last: dict[str, int] = {}

    def write(self, daemon: str, *messages: str) -> None:
        """Write lines of *daemon*; the hour is padded with a blank, as the daemons do it."""
        minutes, second = divmod(self.local.of_day(self.now), 60)
        hour, minute = divmod(minutes, 60)
        frame = f"{hour:2d}:{minute:02d}:{second:02d} ({daemon}) "
        self._lines.extend(Line(self.now, frame + message) for message in messages)
        self._last[daemon] = self.now

    def last(self, daemon: str) -> int:
        """Return the second of the last line of *daemon*, or now before its first one."""
        return self._last.get(daemon, self.now)

    def take(self) -> Iterable[Line]:
        """Return and forget the lines written since the last call."""
        lines, self._lines = self._lines, []
        return lines
