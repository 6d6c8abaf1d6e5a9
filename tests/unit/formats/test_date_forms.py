"""Dates in the forms that a site names in its configuration."""

from __future__ import annotations

from datetime import date

import pytest

from exporter.catalog.accounting import OLDEST_FORMS
from exporter.formats.date_forms import DateForm
from exporter.formats.dated import Local, Yearless

HALF_PAST_SEVEN = 7 * 3600 + 30 * 60


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


@pytest.mark.parametrize(
    ("form", "text", "told"),
    [
        ("YYYYMMDD-HHMI", "20001120-0730", Local(_day("2000-11-20"), HALF_PAST_SEVEN)),
        ("YYYYMMDD-HHMISS", "20001120-073009", Local(_day("2000-11-20"), HALF_PAST_SEVEN + 9)),
        ("YYYY-MM-DDTHH:MI:SS", "2000-11-20T07:30:09", Local(_day("2000-11-20"), HALF_PAST_SEVEN + 9)),
        ("DD.MM.YYYY HH:MI", "9.11.2000  7:30", Local(_day("2000-11-09"), HALF_PAST_SEVEN)),
        ("MM/DD HH:MI:SS", "11/09 07:30:09", Yearless(11, 9, HALF_PAST_SEVEN + 9)),
        ("MM/DD HH:MI", "1/9 7:30", Yearless(1, 9, HALF_PAST_SEVEN)),
        ("MON DD HH:MI:SS", "Nov  9 07:30:09", Yearless(11, 9, HALF_PAST_SEVEN + 9)),
        ("MON DD HH:MI:SS", "NOV 09 07:30:09", Yearless(11, 9, HALF_PAST_SEVEN + 9)),
        ("MM/DD/YY HH:MI:SS", "11/09/00 07:30:09", Local(_day("2000-11-09"), HALF_PAST_SEVEN + 9)),
        ("MM/DD/YY HH:MI:SS", "11/09/99 07:30:09", Local(_day("1999-11-09"), HALF_PAST_SEVEN + 9)),
        ("MM/DD HH:MI", "2/29 7:30", Yearless(2, 29, HALF_PAST_SEVEN)),
    ],
)
def test_a_form_reads_its_dates(form: str, text: str, told: Local | Yearless) -> None:
    """Digits, names of months, blanks for zeros and years of two digits are read as the form says."""
    assert told == DateForm(form).read(text)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("YYYYMMDD-HHMI", "20000231-0730"),
        ("YYYYMMDD-HHMI", "20001120-2430"),
        ("YYYYMMDD-HHMI", "20001120-0760"),
        ("YYYYMMDD-HHMI", "2000112-0730"),
        ("YYYYMMDD-HHMI", "20001120-07301"),
        ("MM/DD HH:MI", "13/01 07:30"),
        ("MM/DD HH:MI", "2/30 07:30"),
        ("MON DD HH:MI", "Foo  9 07:30"),
        ("MON DD HH:MI:SS", "Nov  9 07:30:60"),
        ("YYYYMMDD-HHMI", ""),
    ],
)
def test_what_is_no_date_is_none(form: str, text: str) -> None:
    """A day that the month lacks, a time that no clock shows, and another form are no dates."""
    assert DateForm(form).read(text) is None


def test_the_forms_of_the_oldest_servers_are_known() -> None:
    """All four make a reader, and each reads its own example."""
    examples = ("11/09 07:30:09", "11/09 07:30", "Nov  9 07:30:09", "11/09/00 07:30:09")

    assert all(DateForm(form).read(text) for form, text in zip(OLDEST_FORMS, examples, strict=True))
