"""The benchmark of windows: what it times is what it says it times, and it sees when that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import decade, live, quiet
from tests.bench.made_log import all_counts, busy, make
from tests.bench.measuring import BenchFault

LINES = 35_000
"""In ten years; most of them are of the kind that a server writes every six hours."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an empty folder."""
    made = tmp_path / "empty"
    made.mkdir()
    return made


def test_a_month_follows_ten_years(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old ledger goes on without a gap where the ten years end, and holds the lines of both logs."""
    monkeypatch.setattr(decade, "_RUNS", 1)
    old_shape, new_shape = decade.shapes(LINES)
    old, new = make(tmp_path, old_shape), make(tmp_path, new_shape)

    found = decade.measure_decade(old, new, folder)

    assert new_shape.begin == old_shape.begin + old_shape.days * 86_400
    assert (LINES, old.counts["OUT"].total()) == (found.lines, found.rows["session"])
    (into_old,), (into_empty,) = found.into_old, found.into_empty
    assert into_old.ledger_bytes > max(found.made.ledger_bytes, into_empty.ledger_bytes)


def test_a_ledger_that_lacks_the_ten_years_is_wrong(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the old ledger not put in place before the month is read, the run would end."""
    monkeypatch.setattr(decade, "_copy_ledger", lambda source, target: (target / "ledger.db").unlink(missing_ok=True))
    old, new = (make(tmp_path, shape) for shape in decade.shapes(LINES))

    with pytest.raises(BenchFault):
        decade.measure_decade(old, new, folder)


def test_counts_of_logs_add_up(tmp_path: Path) -> None:
    """What two logs hold together is what either holds, by verb and feature."""
    one, other = (make(tmp_path, shape) for shape in decade.shapes(LINES))
    both = all_counts([one, other])

    assert one.counts["OUT"]["feat_000"] + other.counts["OUT"]["feat_000"] == both["OUT"]["feat_000"]
    assert {verb: one.counts[verb] + other.counts[verb] for verb in both} == both


def test_quiet_minutes_write_a_row(folder: Path) -> None:
    """Of three features a minute writes one row, the end of a day some each, and the ledger hardly grows."""
    found = quiet.measure_quiet(folder, features=3, days=1)

    assert (3, 1, 1) == (found.features, found.days, found.minute_rows)
    assert 3 * 4 < found.most_rows < 50
    assert 0 <= found.bytes_a_day < 50_000


def test_quiet_hours_that_are_wrong_are_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the seat that nobody gives back not in use in every hour, the run would end."""
    real = quiet._first_lines

    def all_returned(features: int) -> Iterator[str]:
        yield from real(features)
        yield '(acornd) IN: "feat_000" user2@node000  '

    monkeypatch.setattr(quiet, "_first_lines", all_returned)

    with pytest.raises(BenchFault, match=r"of 2 quiet features .*\b172800\b.* were stored and not .*\b345600\b"):
        quiet.measure_quiet(folder, features=2, days=1)


def test_minutes_of_a_day_are_those_of_its_lines(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All minutes of all features are there with each check-out of the day, and one that was missing would be seen."""
    monkeypatch.setattr(live, "THREE_DAYS", busy(20_000, days=3))
    monkeypatch.setattr(live, "_RUNS", 1)
    log = make(tmp_path, live.THREE_DAYS)
    found = live.measure_live(log, folder)
    assert 200 * 1_440 == found.windows
    assert 20_000 / 3 * 0.47 == pytest.approx(found.checkouts, rel=0.05)

    real = live._checkouts_of_second_day
    monkeypatch.setattr(live, "_checkouts_of_second_day", lambda path: real(path) + 1)
    another = tmp_path / "another"
    another.mkdir()
    with pytest.raises(BenchFault, match="the minutes of a day are"):
        live.measure_live(log, another)
