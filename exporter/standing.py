"""
How a stream stands against its log: behind, or at its end; and what its silence means (design rule 3.8).

A log at its end that is quiet, and not for so long that its writer must be dead, is known up to now.
"""

from __future__ import annotations

from exporter.ports import Clock, Format, LineSource

BEHIND = 1 << 20
"""Bytes not read yet from which on a stream counts as catching up: what it shows is of another time."""
MARGIN = 2
"""Seconds that a line may take from its writer to us."""
WRITER_ON_ROTATED = (
    "The licence server still writes to a rotated or deleted file, and what it writes is lost when that file goes: "
    "make it reopen its log (lmutil lmreread, or lmswitch), or rotate with copytruncate."
)


class Standing:
    """Where one stream stands, look by look."""

    def __init__(self, lines: LineSource, format_: Format, clock: Clock, *, live: bool) -> None:
        """Begin behind; *live*: the log is still written, silence means something."""
        self._lines, self._format, self._clock, self._live = lines, format_, clock, live
        self.caught_up: float | None = None
        """UTC second since which it has been at its end, but for what is read at once; None: it is behind."""
        self._looked: float | None = None
        """When the last look began that found nothing unread; None: it found something."""

    def look(self) -> float:
        """Return when a look begins, for `settle`."""
        self._looked = None
        return self._clock.now()

    def settle(self, looked: float) -> None:
        """Take note that everything whole has been read by the look that began at *looked*."""
        if self._lines.problem is None and not self._lines.waiting:
            self.caught_up = self.caught_up or self._clock.now()
            self._looked = looked
        else:
            self.caught_up = None

    def fall_behind(self) -> None:
        """Take note that there may be more to read at once."""
        if self._lines.lag() > BEHIND:
            self.caught_up = None

    @property
    def stale(self) -> bool:
        """Whether the log has been silent for so long that its writer must be dead."""
        after, frontier = self._format.stale_after, self._format.frontier
        if not self._live or after is None or frontier is None:
            return False
        return self._clock.now() - frontier > after

    @property
    def quiet_until(self) -> int | None:
        """The UTC second up to which nothing more was written, as far as that can be said."""
        if self._looked is None or not self._live or self.stale or self._lines.lag():
            return None
        return int(self._looked) - MARGIN
