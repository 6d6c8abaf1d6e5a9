"""A day ends, and with it it is known which daemons wrote their ends: only windows that this changes are made again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.catalog.tiers import HOURLY, LONGTERM
from tests.property.ledger_site import LedgerSite, Names, Written
from tests.reference.log_strategies import Log
from tests.reference.site_facts import Site

DAY = 86_400
BEGIN = 1_709_424_000
"""The first midnight of the log."""


def _day(day: int, ends: bool) -> bytes:
    """Return a day of two daemons, of which one writes its ends; the other does where *ends*."""
    lines = [f"0:00:01 (lmgrd) TIMESTAMP 3/{day}/2024"]
    for number in range(60):
        for vendor, returns in (("acornd", ends), ("oakd", True)):
            lines.append(f'10:{number:02}:00 ({vendor}) OUT: "f" user{number}@node')
            lines += [f'10:{number:02}:30 ({vendor}) IN: "f" user{number}@node'] * returns
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LedgerSite]:
    """Give a site that has read and stored a day on which one daemon wrote no ends, nearly to the day's own end."""
    log = Log("UTC", [_day(3, ends=False) + b"23:30:00 (lmgrd) TIMESTAMP 3/3/2024\n"], BEGIN + 400 * DAY)
    made = LedgerSite(tmp_path / "ledger.db", Site("UTC"), [Written("srv", log)])
    made.read_all()
    made.store()
    yield made
    made.close()


def _until(site: LedgerSite) -> dict[str, int]:
    """Return up to which second of the first day the hours of each daemon are stored."""
    rows = (
        "SELECT p.vendor, until FROM stored JOIN subject AS s ON s.id = subject JOIN product AS p ON p.id = s.product"
    )
    return {vendor: until - BEGIN for vendor, until in site.ledger.ask(f"{rows} WHERE tier = 3600")}


def _levels(site: LedgerSite) -> dict[str, list[int]]:
    """Return by daemon the seat seconds of its days, which are the same stored as worked out of the facts."""
    assert site.worked_out(HOURLY) == site.given(HOURLY)
    days: dict[Names, list[int]] = {
        names: [row.sums.seat_seconds for row in rows] for names, rows in site.given(LONGTERM).items()
    }
    return {names[1]: sums for names, sums in days.items()}


def test_windows_of_the_other_daemons_stay(site: LedgerSite) -> None:
    """The first line of the next day opens the hours of the daemon that wrote no ends, and of no other."""
    assert {"acornd": 23 * 3600, "oakd": 23 * 3600} == _until(site)
    site.lines[0].grow(_day(4, ends=True))
    site.read_all()

    assert {"acornd": 0, "oakd": 23 * 3600} == _until(site)
    site.store()
    assert 0 == _levels(site)["acornd"][0] < _levels(site)["oakd"][0]


def test_a_day_like_the_one_before(site: LedgerSite) -> None:
    """Where it goes on as it was, nothing is opened; where the ends are back, they are from that day on."""
    site.lines[0].grow(_day(4, ends=False))
    site.read_all()
    site.store()
    before = _until(site)
    site.lines[0].grow(_day(5, ends=True) + b"23:30:00 (lmgrd) TIMESTAMP 3/5/2024\n")
    site.read_all()

    assert before == _until(site)
    site.store()
    site.lines[0].grow(_day(6, ends=True))
    site.read_all()
    assert {"acornd": 2 * DAY, "oakd": 2 * DAY + 23 * 3600} == _until(site)
    site.store()
    _levels(site)
