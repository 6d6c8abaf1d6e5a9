"""Times in a wtmp are UTC: no zone of a site or of a source moves them, in no night of the year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.command_line import called, told
from tests.reference.wtmp_records import login, logout, packed

CONFIG = """
site: {{name: here, timezone: {site}}}
ledger: {{path: ledger.db}}
sources:
  - {{name: logins, format: wtmp, server: alder, timezone: {source}, paths: ["wtmp*"]}}
prometheus: {{listen: null}}
"""
NIGHTS = [
    datetime(2024, 3, 10, 6, 30, tzinfo=UTC),  # New York's clocks are put forward at 07:00Z
    datetime(2024, 3, 31, 0, 30, tzinfo=UTC),  # Madrid's at 01:00Z
    datetime(2024, 4, 6, 14, 30, tzinfo=UTC),  # Lord Howe's are put back, by half an hour, at 15:00Z
    datetime(2024, 11, 3, 5, 30, tzinfo=UTC),  # New York's are put back at 06:00Z
    datetime(2024, 12, 31, 23, 30, tzinfo=UTC),
]


@pytest.mark.parametrize("source", ["UTC", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("site", ["UTC", "Europe/Madrid"])
def test_no_zone_moves_a_time(tmp_path: Path, site: str, source: str) -> None:
    """Sessions over the nights in which clocks change begin and end at the seconds that their records have."""
    seconds = [int(night.timestamp()) for night in NIGHTS]
    (tmp_path / "config.yaml").write_text(CONFIG.format(site=site, source=source))
    (tmp_path / "wtmp").write_bytes(
        packed(record for at in seconds for record in (login(at, "tty1", "amber"), logout(at + 3_600, "tty1")))
    )
    told(called(tmp_path, "collect"))

    rows = [line.split(",") for line in told(called(tmp_path, "export", "sessions")).splitlines()[1:]]

    assert [
        (f"{night:%Y-%m-%dT%H:%M:%SZ}", f"{night + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}") for night in NIGHTS
    ] == [(row[7], row[8]) for row in rows]
