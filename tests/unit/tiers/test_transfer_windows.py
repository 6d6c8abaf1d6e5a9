"""Windows of transfers: sums of minutes, and percentiles of all their latencies."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

from exporter.catalog.influxdb import TRANSFERS
from exporter.catalog.tiers import HOURLY, LONGTERM
from exporter.sketch import bucket_of
from exporter.tiers.transfers import transfer_windows
from exporter.transfer_sums import TransferSums

UTC = ZoneInfo("UTC")
NOON = 1_709_640_000


def minute(at: int, *latencies: int, errors: int = 0) -> tuple[int | None, ...]:
    """Return the sums of a minute: files of ten bytes each, late from 16 s on."""
    late = sum(one > 15 for one in latencies)
    spread = (min(latencies), max(latencies)) if latencies else (None, None)
    return at, len(latencies), 10 * len(latencies), errors, late, 0, len(latencies), sum(latencies), *spread


def test_minutes_make_an_hour() -> None:
    """Sums add up, extremes stay, percentiles are of all files; an hour with errors only is there, with zeros."""
    minutes = [minute(NOON, 1, 2, 40), minute(NOON + 3540, 3, 0), minute(NOON + 3600), minute(NOON + 7260, errors=2)]
    sketches = [(NOON, bucket_of(one), 1) for one in (1, 2, 40)] + [(NOON + 3540, bucket_of(one), 1) for one in (3, 0)]
    found = [
        (starts[0], starts.step, sums.fields()) for starts, sums in transfer_windows(HOURLY, UTC, minutes, sketches)
    ]

    assert [
        (NOON, 3600, (5, 50, 0, 1, 0, 5, 0, 40, 46, 2, 3, 3)),
        (NOON + 3600, 3600, (0,) * 12),
        (NOON + 7200, 3600, (0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
    ] == found
    assert len(TRANSFERS.fields) == len(found[0][2])


def test_a_day_in_a_zone_is_that_zones_day() -> None:
    """The two minutes about a midnight in Madrid belong to two days."""
    midnight = 1_709_679_600
    minutes = [minute(midnight - 60, 1), minute(midnight, 2)]
    found = transfer_windows(LONGTERM, ZoneInfo("Europe/Madrid"), minutes, [])
    assert [midnight - 86_400, midnight] == [starts[0] for starts, _ in found]


def test_nothing_makes_no_window() -> None:
    """Without minutes there is none."""
    assert [] == list(transfer_windows(HOURLY, UTC, [], []))


def test_percentiles_lie_between_the_extremes() -> None:
    """What a bucket rounds up doesn't go beyond the longest latency that was read."""
    sums = TransferSums(latencies=1, latency_min=1003, latency_max=1003, sketch=Counter({bucket_of(1003): 1}))
    assert [1003, 1003] == [sums.latency(share) for share in (0.5, 0.99)]
