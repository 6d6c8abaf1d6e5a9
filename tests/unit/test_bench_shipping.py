"""The benchmark of shipping: both clients send the same windows, all of them, and what is wrong ends the run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.bench import looking, shipping
from tests.bench.made_log import MadeLog, Shape, make
from tests.bench.measuring import BenchFault
from tests.servers.installed import installed


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeLog:
    """Give a log of three days; InfluxDB is used once, and has to be there."""
    installed("influxd", "influxdb")
    monkeypatch.setattr(shipping, "_RUNS", 1)
    return make(tmp_path, Shape(2_000, date(2024, 3, 1), 3, 50))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an empty folder."""
    made = tmp_path / "empty"
    made.mkdir()
    return made


def test_all_windows_arrive_by_both_clients(log: MadeLog, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three days of 200 features less what is before their first sight, and both took their time for it."""
    # What a process that begins is told to have taken is at first what this one does: more than a benchmark's.
    monkeypatch.setattr(shipping, "MOST_MB", 1 << 20)
    found = shipping.measure_shipping(log, folder)

    assert 0.5 * 200 * 3 * 25 < found.points <= 200 * 3 * 25
    (run,) = found.runs
    assert 0 < run.bare_seconds < run.ours.process.seconds
    assert 20 < found.rss_mb


def test_a_window_that_is_missing_is_seen(log: MadeLog, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were one not at the server, the run would end."""
    real = shipping._windows_in

    def one_more(ledger: Path) -> dict[str, int]:
        return {tier: count + (tier == "hourly") for tier, count in real(ledger).items()}

    monkeypatch.setattr(shipping, "_windows_in", one_more)
    with pytest.raises(BenchFault, match="windows of the tier hourly, and there are"):
        shipping.measure_shipping(log, folder)


def test_memory_that_grows_is_seen(log: MadeLog, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were more taken than may be, the run would end."""
    monkeypatch.setattr(shipping, "MOST_MB", 20)
    monkeypatch.setattr(shipping, "_RUNS", 0)
    with pytest.raises(BenchFault, match=r"shipping took \d+ MB of memory, and 20 MB is too much"):
        shipping.measure_shipping(log, folder)


def test_a_look_with_nothing_due_reads_no_feature(folder: Path) -> None:
    """After all was sent, looks take next to no time."""
    found = looking.measure_looking(folder, features=50)

    assert 50 == found.features
    assert 0 < found.seconds < 0.1
