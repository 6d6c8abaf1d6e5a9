"""START/STOP accounting: what a line says, in the words and the order of the site, and when it was."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from exporter.events import Reset, Seen, Start, Stop
from exporter.formats.startstop import StartStopReader, Wording
from exporter.records import Block, Position, Reading
from tests.unit.formats.flexlm_driving import LATER

PREFIX = "Nov 20 07:47:40 ws-12 LIC_ACC: "
START = "app1 START 20001120-0747 fir PID: 599"
WRITTEN = int(datetime(2001, 12, 1, tzinfo=UTC).timestamp())


def _read(*lines: str, zone: str = "UTC", first_year: int | None = None, wording: Wording | None = None) -> Reading:
    """Return what a new reader makes of *lines*, written to at the end of 2001."""
    log = "".join(f"{line}\n" for line in lines).encode("latin-1")
    reader = StartStopReader(ZoneInfo(zone), wording, first_year)
    block = Block(Position(1, 0), log, Position(1, len(log)), LATER)
    reader.date_by([block], WRITTEN)
    return reader.read(block)


def _time(*lines: str, zone: str = "UTC", wording: Wording | None = None) -> str:
    """Return the time of the last event of *lines*."""
    (*_, event) = _read(*lines, zone=zone, wording=wording).events
    return datetime.fromtimestamp(event.time, UTC).strftime("%Y-%m-%d %H:%M:%S")


def test_a_start_and_its_stop_have_one_key() -> None:
    """Host, application, user and process are the key; the host is the server, the tag the vendor."""
    seen, start, stop = _read(PREFIX + START, PREFIX + START.replace("START", "STOP")).events

    time = 974_706_460
    assert Seen(time, 0, "LIC_ACC") == seen
    assert Start(time, 0, "LIC_ACC", "app1", "fir@ws-12", "", 1, "599 fir", None, "ws-12") == start
    at = len(PREFIX + START) + 1
    assert Stop(time, at, "LIC_ACC", "app1", "fir@ws-12", "", 1, "returned", "599 fir", None, "ws-12") == stop


@pytest.mark.parametrize(
    ("wording", "text"),
    [
        (Wording(start=("begin",)), "app1 begin 20001120-0747 fir PID: 599"),
        (Wording(line="{word} {app} {user}/{pid} at {date}"), "START  app1 fir/599 at 20001120-0747"),
        (
            Wording(line="{date} {user} {app} {word} {pid}", date="MM/DD/YY HH:MI:SS"),
            "11/20/00 07:47:40 fir app1 START 599",
        ),
        (Wording(line="user={user} app={app} pid={pid} {word}"), "user=fir app=app1 pid=599 START"),
    ],
)
def test_words_and_their_order_are_the_sites(wording: Wording, text: str) -> None:
    """What the configuration says of the words, their order and the date is what is read."""
    _, start = _read(f"Nov 20 07:47:40 ws-12 LIC_ACC: {text}", wording=wording, first_year=2000).events

    assert Start(974_706_460, 0, "LIC_ACC", "app1", "fir@ws-12", "", 1, "599 fir", None, "ws-12") == start


def test_a_line_may_name_its_host_and_no_process() -> None:
    """A host in the message is the one that runs it, not the relay; without a process the user is the key."""
    wording = Wording(tags=("acct",), line="{host} {app} {word} {user}")
    _, start = _read("Nov 20 07:47:40 relay acct[7]: ws-3 app1 START fir", wording=wording, first_year=2000).events

    assert Start(974_706_460, 0, "acct", "app1", "fir@ws-3", "", 1, "", None, "ws-3") == start


@pytest.mark.parametrize(
    ("prefix", "date", "time"),
    [
        ("Nov 20 07:47:40", "20001120-0747", "2000-11-20 07:47:40"),
        ("Nov 20 07:48:59", "20001120-0747", "2000-11-20 07:48:59"),
        ("Nov 20 07:49:01", "20001120-0747", "2000-11-20 07:47:00"),
        ("Nov 20 09:47:40", "20001120-0747", "2000-11-20 07:47:00"),
        ("Nov 23 07:47:40", "20001120-0747", "2000-11-20 07:47:00"),
        ("Jan  1 00:00:30", "20001231-2359", "2001-01-01 00:00:30"),
        ("Dec 31 23:59:58", "20010101-0000", "2000-12-31 23:59:58"),
        ("2000-11-20T08:47:40+01:00", "20001120-0747", "2000-11-20 07:47:40"),
        ("2000-11-20T07:47:40+01:00", "20001120-0747", "2000-11-20 07:47:00"),
        ("2000-11-20 07:47:40", "20001120-0747", "2000-11-20 07:47:40"),
        ("2003-11-20 07:47:40", "20001120-0747", "2000-11-20 07:47:00"),
    ],
)
def test_the_message_tells_the_year_and_the_prefix_the_seconds(prefix: str, date: str, time: str) -> None:
    """Two minutes apart at most, the prefix is right; else the message is."""
    assert time == _time(f"{prefix} ws-12 LIC_ACC: app1 START {date} fir PID: 599")


@pytest.mark.parametrize(
    ("prefix", "date", "time"),
    [
        ("Nov 20 07:47:40", "11/20 07:47", "2001-11-20 07:47:40"),
        ("Nov 20 09:47:40", "11/20 07:47", "2001-11-20 07:47:00"),
        ("Jan  1 00:00:30", "12/31 23:59", "2001-01-01 00:00:30"),
        ("2000-11-20T07:47:40Z", "11/20 07:47", "2000-11-20 07:47:40"),
        ("2001-01-01T00:00:30Z", "12/31 12:00", "2000-12-31 12:00:00"),
    ],
)
def test_a_date_without_year_gets_that_of_the_prefix(prefix: str, date: str, time: str) -> None:
    """Where neither has a year, it is that in which the log was last written."""
    wording = Wording(date="MM/DD HH:MI")

    assert time == _time(f"{prefix} ws-12 LIC_ACC: app1 START {date} fir PID: 599", wording=wording)


def test_both_passes_of_the_repeated_hour_agree_with_the_message() -> None:
    """With an offset in the prefix it is known which of the two the message means."""
    line = "2000-10-29T02:30:10+0{}:00 ws-12 LIC_ACC: app1 START 20001029-0230 fir PID: 599"
    times = [_time(line.format(offset), zone="Europe/Madrid") for offset in "21"]

    assert ["2000-10-29 00:30:10", "2000-10-29 01:30:10"] == times


def test_a_boot_ends_what_is_open_on_its_host() -> None:
    """A word of the site, alone, or the kernel's first line, tell of a boot, of that host only."""
    lines = (f"{PREFIX}BOOT", "Nov 20 08:00:00 ws-3 kernel: [    0.000000] Linux version 6.1 (a@b)")
    events = _read(*lines, first_year=2000).events

    boots = [
        Reset(974_706_460, 0, "", 974_706_460, True, "ws-12"),
        Reset(974_707_200, 36, "", 974_707_200, True, "ws-3"),
    ]
    assert boots == events


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (PREFIX + "app1 START 20001120-0747 fir", "its words are not in the order"),
        (PREFIX + "START", "its words are not in the order"),
        (PREFIX + START + PREFIX + START, "its words are not in the order"),
        (PREFIX + START[:-4], "its words are not in the order"),
        (PREFIX + "app1 START 20000231-0747 fir PID: 599", "there is no such date"),
        (PREFIX + "app1 START 20991120-0747 fir PID: 599", "its time is more than a day ahead"),
        (PREFIX + "app1 START 19891120-0747 fir PID: 599", "its time is more than a day ahead, or before 1990"),
    ],
)
def test_what_looks_like_a_session_and_cannot_be_read_is_told(line: str, why: str) -> None:
    """Torn and joined lines, and dates that can't be, are unparsed samples with their reason, and make no event."""
    reading = _read(PREFIX + START, line)

    assert 2 == len(reading.events)
    assert 1 == reading.tally["unparsed"]
    assert [why] == [sample.why[: len(why)] for sample in reading.samples]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no syslog",
        PREFIX,
        PREFIX + "hello",
        PREFIX.replace("LIC_ACC", "OTHER") + START,
        "Nov 20 07:47:41 ws last message repeated 2 times",
    ],
)
def test_all_else_is_noise(line: str) -> None:
    """Messages of other tags, and others of the tag, are nobody's session."""
    assert {"noise": 1} == _read(line).tally


def test_a_silence_that_may_hide_a_year_is_told() -> None:
    """Where no line tells its year, half a year without a line is told, with what helps."""
    wording = Wording(line="{app} {word} {user}")
    lines = [f"{day} 07:00:00 w LIC_ACC: a START u" for day in ("Mar  1", "Aug 27", "Mar 10", "Dec 31")]
    reading = _read(*lines, wording=wording)

    assert ["1999-08-27 to 2000-03-10", "2000-03-10 to 2000-12-31"] == [note[22:46] for note in reading.notes]
    assert all("`first_year`" in note for note in reading.notes)
