"""The three prefixes of syslog, and what a line-by-line reader makes of the time they tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from exporter.events import Event, Lifecycle, Passed
from exporter.formats.dated import Local, Yearless
from exporter.formats.linewise import Unreadable
from exporter.formats.syslog import Message, SyslogReader, message_of
from exporter.records import Block, Position, Reading

NOVEMBER_9 = Yearless(11, 9, 7 * 3600 + 47 * 60 + 40)
ABOUT_NOW = int(datetime(2026, 11, 21, tzinfo=UTC).timestamp())


class _Echo(SyslogReader):
    """Makes an event of each message of the tag APP, but for those that say `bad`."""

    def read_message(self, message: Message, at: int) -> Sequence[Event]:
        """Return one event."""
        time = self.at_time(message.when if message.when is not None else 0)
        if message.text == "bad":
            raise Unreadable("it says bad")
        return (Lifecycle(time, at, message.tag, message.text, up=True),)


def _read(log: bytes, zone: str = "UTC", *, first_year: int | None = None, every_line: bool = False) -> Reading:
    """Return what a reader makes of a log that was written to the end of 20 November 2026."""
    reader = _Echo(ZoneInfo(zone), ["APP"], first_year)
    block = Block(Position(1, 0), log, Position(1, len(log)), ABOUT_NOW)
    reader.date_by([block], ABOUT_NOW)
    return reader.read(block, every_line=every_line)


def _times(reading: Reading) -> list[str]:
    return [datetime.fromtimestamp(event.time, UTC).isoformat(" ") for event in reading.events]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Nov  9 07:47:40 wks12 APP[599]: a text", Message(NOVEMBER_9, "wks12", "APP", "599", "a text")),
        ("<134>Nov 09 07:47:40.123 wks12 APP: a text", Message(NOVEMBER_9, "wks12", "APP", "", "a text")),
        ("Nov 9 07:47:40 wks12 a/b-c[1]:text", Message(NOVEMBER_9, "wks12", "a/b-c", "1", "text")),
        ("2026-11-20T07:47:40.123456+01:00 wks12 APP[7]: x", Message(1_795_157_260, "wks12", "APP", "7", "x")),
        ("2026-11-20T07:47:40+01:00 wks12 APP[7] x: y", Message(1_795_157_260, "wks12", "APP", "7", "x: y")),
        ("<134>1 2026-11-20T06:47:40Z wks12 APP 7 ID - x", Message(1_795_157_260, "wks12", "APP", "7", "x")),
        (
            '<134>1 2026-11-20T07:47:40+01:00 wks12 APP - - [a@1 b="c\\]\\"]"][d] \xef\xbb\xbfx y',
            Message(1_795_157_260, "wks12", "APP", "", "x y"),
        ),
        ("<134>1 - wks12 APP 7 - -", Message(None, "wks12", "APP", "7", "")),
        (
            "2026-11-20 07:47:40 wks12 APP: x",
            Message(Local(date(2026, 11, 20).toordinal(), NOVEMBER_9.tod), "wks12", "APP", "", "x"),
        ),
    ],
)
def test_prefixes_are_taken_off(line: str, message: Message) -> None:
    """Time, host, tag, process and text are told apart in each kind of prefix."""
    assert message == message_of(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Nov  9 07:47:40 wks12",
        "Nov  9 07:47:40 wks12 APP x",
        "Nov  9 07:47:40 wks12 APP[7]x",
        "Foo  9 07:47:40 wks12 APP: x",
        "Nov 31 07:47:40 wks12 APP: x",
        "Nov  9 24:47:40 wks12 APP: x",
        "2026-02-30T07:47:40+01:00 wks12 APP: x",
        "<134>1 2026-13-20T06:47:40Z wks12 APP 7 ID - x",
        '<134>1 2026-11-20T06:47:40Z wks12 APP 7 ID [a b="c] x',
    ],
)
def test_other_lines_have_no_prefix(line: str) -> None:
    """A line that is cut short, or has a time that there is none, isn't taken for syslog."""
    assert message_of(line) is None


def test_year_is_counted_back_from_the_newest_line() -> None:
    """Over two years' ends, the first line lies two years before the newest, which was written last."""
    log = b"Nov  9 07:00:00 w APP: a\nMar  1 07:00:00 w APP: b\nDec 31 23:59:59 w x: y\nJan  1 00:00:00 w APP: c\n"
    read = _times(_read(log))

    assert ["2024-11-09 07:00:00+00:00", "2025-03-01 07:00:00+00:00", "2026-01-01 00:00:00+00:00"] == read


def test_year_is_counted_on_from_the_first_line() -> None:
    """With the year of the first line given, when the newest was written doesn't matter."""
    log = b"Nov  9 07:00:00 w APP: a\nJan  1 00:00:00 w APP: c\n"

    assert ["2000-11-09 07:00:00+00:00", "2001-01-01 00:00:00+00:00"] == _times(_read(log, first_year=2000))


def test_line_with_its_year_dates_those_before() -> None:
    """A log whose prefix got a year at an upgrade is dated by that, and not by its last change."""
    log = (
        b"Nov  9 07:00:00 w APP: a\nFeb 29 07:00:00 w APP: b\n2004-03-01T00:00:00Z w APP: c\nMar  1 01:00:00 w APP: d\n"
    )
    read = _times(_read(log))

    assert ["2003-11-09", "2004-02-29", "2004-03-01", "2004-03-01"] == [time[:10] for time in read]


def test_leap_day_tells_the_year_where_the_last_change_does_not() -> None:
    """A copy lost when the log was written: 29 February lies in the latest leap year before the copy."""
    log = b"Nov  9 07:00:00 w APP: a\nFeb 29 07:00:00 w APP: b\nFeb 10 00:00:00 w APP: late\n"

    assert ["2023-11-09", "2024-02-29", "2024-02-10"] == [time[:10] for time in _times(_read(log))]


def test_time_that_cannot_be_is_refused_alone() -> None:
    """One stamp far ahead is counted as refused and sampled, and the lines after it keep their year."""
    log = b"2026-11-20T07:00:00Z w APP: a\n2099-11-20T07:00:00Z w APP: b\nNov 20 07:00:01 w APP: c\n"
    reading = _read(log)

    assert ["2026-11-20 07:00:00+00:00", "2026-11-20 07:00:01+00:00"] == _times(reading)
    assert {"understood": 2, "unparsed": 1, "refused": 1} == reading.tally
    assert ["its time is more than a day ahead, or before 1990"] == [sample.why for sample in reading.samples]


def test_repeated_hour_is_told_apart_by_order() -> None:
    """In local time, a step back of half an hour inside the hour that comes twice begins its second pass."""
    log = b"Oct 25 02:10:00 w APP: a\nOct 25 02:50:00 w APP: b\nOct 25 02:05:00 w APP: c\n"

    assert ["00:10", "00:50", "01:05"] == [time[11:16] for time in _times(_read(log, "Europe/Madrid"))]


def test_lines_that_make_no_event_tell_the_time_where_asked() -> None:
    """Noise with a time, and lines that can't be read, are told as passed; lines without time aren't."""
    log = b"\xef\xbb\xbfNov 20 07:00:00 w x: y\r\nno syslog\nNov 20 07:00:01 w APP: bad\n"
    reading = _read(log, every_line=True)

    assert [Passed, Passed] == [type(event) for event in reading.events]
    assert [3, 37] == [event.at for event in reading.events]
    assert {"noise": 2, "unparsed": 1} == reading.tally
    assert ["it says bad"] == [sample.why for sample in reading.samples]
