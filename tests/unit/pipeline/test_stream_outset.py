"""A log that is begun at a time: what it says of before doesn't count, but its dates do."""

from __future__ import annotations

from exporter.events import Lifecycle, Package, Passed, Reset, Seen, Start
from exporter.outset import Outset
from exporter.records import Gap


def _start(time: int, at: int) -> Start:
    return Start(time, at, "acornd", "base", "u@h", "", 1)


def test_nothing_from_before_counts() -> None:
    """Events before the time are left out; the first line at it ends the one loss."""
    outset = Outset(1_000)
    assert ([], None) == outset.pass_over(1, [_start(900, 0), Reset(950, 40, "acornd", 900, started=True)])
    later = _start(1_001, 120)

    assert ([later], Gap(2, 0, 120, "before start")) == outset.pass_over(2, [Passed(999, 80), later])
    assert outset.since is None


def test_a_line_at_the_very_second_counts() -> None:
    """The start includes its second."""
    event = _start(1_000, 7)
    assert ([event], Gap(1, 0, 7, "before start")) == Outset(1_000, begun=True).pass_over(1, [event])


def test_nothing_lies_before() -> None:
    """A log whose first line comes after the time has lost nothing."""
    event = _start(1_001, 7)
    assert ([event], None) == Outset(1_000).pass_over(1, [event])


def test_what_is_known_of_daemons_stays() -> None:
    """Daemons and packages seen before are known at the start; other lines of a server's life are not."""
    seen, package = Seen(900, 0, "acornd"), Package(910, 30, "acornd", "suite", "base")
    outset = Outset(1_000)

    kept, loss = outset.pass_over(1, [seen, package, Lifecycle(920, 60, "acornd", "started", up=True)])
    assert [seen._replace(time=1_000), package._replace(time=1_000)] == kept
    assert loss is None
