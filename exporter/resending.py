"""Sends windows of the ledger again, as they are: to a server that was wiped, or restored. No cursor moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event as Signal

from exporter.all_windows import AllWindows
from exporter.catalog.tiers import LIVE, Tier
from exporter.due import Leg
from exporter.errors import SinkSlow
from exporter.feature_rows import EVER
from exporter.ledger.shipments import Refused
from exporter.publish.influxdb.connection import Connection
from exporter.publish.influxdb.lines import Lines
from exporter.shipping import BODY, FEWEST, Round, fewer
from exporter.tiers.calendar import window_holding


def resend(
    windowing: AllWindows,
    tier: Tier,
    span: tuple[int, int],
    connection: Connection,
    lines: Lines,
    progress: Callable[[int, int], None],
) -> tuple[int, list[Refused]]:
    """
    Send all windows of *tier* that begin in *span* (UTC seconds); return how many were stored, and what was refused.

    *progress* is told how many features and products are done, and how many there are. Raises SinkError.
    """
    legs = list(_legs(windowing, tier, *span))
    sent, refused, at_once = 0, list[Refused](), BODY
    for number, leg in enumerate(legs, 1):
        rest: Leg | None = leg
        while rest is not None:
            report = Round(connection, lines, Signal(), at_once).ship(windowing, [rest])
            if isinstance(report.error, SinkSlow) and at_once > FEWEST:
                at_once = fewer(at_once)
                continue
            if report.error is not None:
                raise report.error
            sent += report.sent.total()
            refused += report.refused
            rest = None if report.all_of_them else rest._replace(start=report.advances[-1].until)
        progress(number, len(legs))
    return sent, refused


def _legs(windowing: AllWindows, tier: Tier, start: int, end: int) -> Iterator[Leg]:
    """Yield each subject's windows: those that are open, too, as `run` sends them."""
    for subject in windowing.subjects():
        begins = windowing.begins(tier, subject)
        if begins < EVER:
            first = max(window_holding(tier, windowing.zone, start - 1)[1] if start > 0 else 0, begins)
            closed = windowing.closed_until(tier, subject)
            yield Leg(tier, subject, first, min(closed, end), 0, first, opened=tier is not LIVE and closed < end)
