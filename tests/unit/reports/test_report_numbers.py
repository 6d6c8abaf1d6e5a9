"""Numbers, instants and text as reports write them."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from exporter.errors import UsageError
from exporter.reports.instant import iso, parse_instant
from exporter.reports.numbers import counted, human_age, human_bytes, human_duration
from exporter.reports.printable import cell, clean, path_text

MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (12 * 1024**3, "12.0 GiB"),
        (5000 * 1024**4, "5000.0 TiB"),
    ],
)
def test_bytes(count: int, text: str) -> None:
    """Bytes are written in the unit that keeps the number below 1024."""
    assert text == human_bytes(count)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (725, "12 min 5 s"),
        (3_600, "1 h"),
        (3 * 86_400 + 4 * 3_600 + 59 * 60, "3 d 4 h"),
        (86_400 + 59, "1 d"),
    ],
)
def test_durations(seconds: int, text: str) -> None:
    """A duration is written in its two largest units, never rounded up."""
    assert text == human_duration(seconds)


def test_ages_and_counts() -> None:
    """The past is ago, the future is in; one of a thing has no s."""
    assert ("5 s ago", "0 s ago", "in 2 min") == (human_age(5, 10.9), human_age(5, 5.5), human_age(130, 10))
    assert ("1 seat", "0 seats", "1,200 seats") == tuple(counted(n, "seat") for n in (1, 0, 1200))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2022-05-05T08:42:20Z", "2022-05-05T08:42:20Z"),
        ("2022-05-05T08:42:20.9Z", "2022-05-05T08:42:20Z"),
        ("2022-05-05T08:42:20+05:30", "2022-05-05T03:12:20Z"),
        ("2022-05-05 08:42", "2022-05-05T06:42:00Z"),
        (" 2022-05-05 ", "2022-05-04T22:00:00Z"),
        ("2022-03-27 02:30", "2022-03-27T01:30:00Z"),
        ("2022-10-30 02:30", "2022-10-30T00:30:00Z"),
        ("now", "2001-09-09T01:46:40Z"),
        ("NOW", "2001-09-09T01:46:40Z"),
    ],
)
def test_instants(text: str, instant: str) -> None:
    """An instant with a zone stands, others are of the site: a missing hour moves on, a doubled one is the first."""
    assert instant == iso(parse_instant(text, MADRID, 1_000_000_000.7))


@pytest.mark.parametrize("text", ["", "yesterday", "2022-13-01", "08:42", "0001-01-01\x1b", "5/5/2022"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    """The refusal names the zone and shows the forms that are taken, without control characters."""
    with pytest.raises(UsageError, match=r"is not an instant\. Write it like 2022-05-05T08:42:20Z .*Madrid") as refusal:
        parse_instant(text, MADRID, 0)
    assert str(refusal.value).isprintable()


def test_text_from_outside_can_not_act() -> None:
    """Controls, directions and surrogates become U+FFFD, tabs spaces, and brackets are no markup."""
    assert "a b\ufffd[31m\ufffd\ufffd\ufffdé\ufffd" == clean("a\tb\x1b[31m\x9b\u202e\udcffé\n")
    assert "[bold]x[/bold]" == cell("[bold]x[/bold]").plain
    assert "/logs/\ufffd/\u00e9.log" == path_text(b"/logs/\xff/\xc3\xa9.log")


def test_an_instant_far_out_is_refused_or_taken() -> None:
    """The edges of the calendar raise nothing but UsageError."""
    assert -62_135_596_800 == parse_instant("0001-01-01", UTC, 0)
    with pytest.raises(UsageError):
        parse_instant("2022-05-05T24:61:00", UTC, 0)
