"""
Everything that can go wrong, in one tree.

    SeatwatchError
        ConfigError          the configuration can't be used; holds every fault at once
        LedgerError          the ledger can't be used
            LedgerBusy       another process writes it
            LedgerBroken     damaged, foreign, or of a version this program doesn't know
            LedgerPlace      lies where SQLite can't keep its promises, or can't be written
            LedgerFull       the commit failed and can be tried again
            ZoneChanged      its windows are of another time zone than the configuration's
        StreamStopped        one stream can't go on; the others do
            TooManyOpen      more open sessions than `limits.open_sessions`
            SameDaemonTwice  two streams hold the same (server, vendor)
            ForeignLayout    a binary log is laid out as none that can be read
        ExportFailed         an export can't be written
        ListenError          the address to serve on can't be had
        SinkError            a database did not take what was sent to it
            SinkAway         it can't be reached or is overloaded: try again soon
                SinkSlow     it took longer than the time-out: send it less at once
            SinkRefuses      it does not let us, or is not set up: try again slowly
            SinkRejects      something in what was sent is wrong
        UsageError           a command was asked for something that isn't there
"""

from __future__ import annotations

from collections.abc import Sequence


class SeatwatchError(Exception):
    """Base of all; its text is a full sentence for the user and says what to do."""


class ConfigError(SeatwatchError):
    """The configuration can't be used."""

    def __init__(self, faults: Sequence[str]) -> None:
        """Take every fault, each a line that begins with its key path."""
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class LedgerError(SeatwatchError):
    """The ledger can't be used."""


class LedgerBusy(LedgerError):
    """Another process writes this ledger."""


class LedgerBroken(LedgerError):
    """The file is damaged, foreign, or of a version this program doesn't know."""


class LedgerPlace(LedgerError):
    """The ledger lies where SQLite can't keep its promises, or where this user may not write."""


class LedgerFull(LedgerError):
    """A commit failed (disk full, I/O error); nothing of it was kept, and it can be tried again."""


class ZoneChanged(LedgerError):
    """The hours and days in the ledger are of another time zone than the site's."""


class StreamStopped(SeatwatchError):
    """One stream can't go on; the others do."""


class TooManyOpen(StreamStopped):
    """More sessions are open than `limits.open_sessions` allows."""


class SameDaemonTwice(StreamStopped):
    """Two streams hold the same (server, vendor) and are not marked redundant."""


class ForeignLayout(StreamStopped):
    """A file of a binary log is laid out as none that can be read; the text says what it looks like."""


class ExportFailed(SeatwatchError):
    """An export can't be written: no room, no permission, or a part is missing."""


class ListenError(SeatwatchError):
    """The address to serve on can't be had."""


class SinkError(SeatwatchError):
    """A database did not take what was sent to it; nothing of that may be taken for stored."""


class SinkAway(SinkError):
    """It can't be reached, takes too long, or has too much to do: to be tried again soon."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Take the seconds after which the server asks to be tried again, None when it says nothing."""
        super().__init__(message)
        self.retry_after = retry_after


class SinkSlow(SinkAway):
    """It took the request and gave no answer in time: perhaps that was too much at once."""


class SinkRefuses(SinkError):
    """It does not let us in, or lacks what `seatwatch influxdb setup` makes: somebody has to do something."""


class SinkRejects(SinkError):
    """Something in what was sent is wrong, or all of it is too much at once."""


class UsageError(SeatwatchError):
    """A command was asked for something that isn't there."""
