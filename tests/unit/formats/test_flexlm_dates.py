"""Which day a line of a FlexNet log is of: anchors, logs that begin without one, prefixes, dates found to be wrong."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from exporter.events import Reset, Seen, Start
from exporter.formats.flexlm import FlexlmReader
from tests.unit.formats.flexlm_driving import WRITTEN, begin, block, blocks, iso, read, told_by, utc

OUT = b'%s (acornd) OUT: "acorn_base" amber@ws-01  \n'


def _days(log: bytes, zone: str = "UTC", written: int = WRITTEN, not_after: int = 4_000_000_000) -> list[str]:
    """Give the times of the check-outs of a log."""
    return [iso(event.time)[:16] for event in told_by(log, zone, written, not_after).of(Start)]


def _date(message: str, daemon: str = "lmgrd") -> str | None:
    """Give the date that a message carries, None if it leaves a log without dates as it was."""
    log = f"12:00:00 ({daemon}) {message}\n".encode()
    reader = begin(log)
    read(reader, [block(log)])
    dated = iso(reader.last_line)[:10]
    return None if dated == iso(WRITTEN)[:10] else dated


ANCHORS = {
    "TIMESTAMP 6/9/2022": "2022-06-09",
    "TIMESTAMP 12/31/1999": "1999-12-31",
    "TIMESTAMP 06/09/22": "2022-06-09",
    "TIMESTAMP 6/9/98": "1998-06-09",
    "TIMESTAMP 2/29/2024": "2024-02-29",
    "TIMESTAMP 13/6/2022": "2022-06-13",  # the first number can be no month
    "FlexNet Licensing (v11.18.1.0 build 279785 x64_n6) started on flexlm01 (IBM PC) (6/9/2022)": "2022-06-09",
    "FLEXnet Licensing (v11.9.0.0 build 87342 x64_n6) started on flexlm01 (IBM PC) (11/7/2014)": "2014-11-07",
    "FLEXlm (v7.2c) started on flexlm01 (Sun) (1/2/2001)": "2001-01-02",
    "Server's System Date and Time: Thu Jun 09 2022 10:25:31 Hora de verano romance": "2022-06-09",
    "(@MLM-SLOG@) Start-Date: Thu Jun 09 2022 10:25:31 Hora de verano romance": "2022-06-09",
    "(@MLM-SLOG@) Time: Thu Jun 9 2022 14:25:35 W. Europe Standard Time": "2022-06-09",
    "(@MLM-SLOG@) Time: Sat Feb 29 2020 14:25:35 -05": "2020-02-29",
}


@pytest.mark.parametrize(("message", "day"), ANCHORS.items(), ids=ANCHORS)
def test_what_is_an_anchor(message: str, day: str) -> None:
    """Each message that servers date their logs with gives its date."""
    assert day == _date(message)


NO_ANCHORS = [
    "TIMESTAMP 13/32/2024",
    "TIMESTAMP 2/30/2024",
    "TIMESTAMP 0/0/2024",
    "TIMESTAMP 6/9/2022 or so",
    "TIMESTAMP 6/9",
    "timestamp 6/9/2022",
    "INFO: TIMESTAMP 6/9/2022",
    "Time: Thu Jun 09 2022 14:25:35 EST",
    "(@acornd-SLOG@) 00000000 ms at 13:00:20(6/9/2022),#4,(2836K),(,,544)",
    "(@acornd-SLOG@) Peak active connections #3 attempted at Tue Jan 03 2017 10:00:00 EST",
    "(@acornd-SLOG@) Time: Do Jun 09 2022 14:25:35",  # days and months are English everywhere
    "(@acornd-INFO@) 2022-06-09",
    "FLEXnet Licensing version v11.9.0.0 build 87342 x64_n6 (6/9/2022)",
    "FLEXnet Licensing (v11.9.0.0) started on flexlm01 (IBM PC)",
    "Server started on flexlm01 for:\tMATLAB (6/9/2022)",
    "1682669959/0/6.17-1/u/h",
    "acorn_base expires 30-jun-2016",
]


@pytest.mark.parametrize("message", NO_ANCHORS)
def test_what_is_no_anchor(message: str) -> None:
    """A message with a date of something else dates nothing."""
    assert _date(message) is None


@pytest.mark.parametrize("digits", [11, 5000])
@pytest.mark.parametrize("message", ["TIMESTAMP 6/%s/2022", "TIMESTAMP %s/6/2022", "FlexNet started on h (6/%s/2022)"])
def test_a_number_of_many_digits_is_no_day(message: str, digits: int) -> None:
    """A torn date dates nothing and stops nothing."""
    assert _date(message % ("9" * digits)) is None


def test_only_lmgrd_tells_the_date_it_started_on() -> None:
    """A vendor daemon's banner is no anchor, its TIMESTAMP is one."""
    banner = "FlexNet Licensing (v11.18.1.0) started on flexlm01 (IBM PC) (6/9/2022)"

    assert [None, "2022-06-09"] == [_date(banner, "acornd"), _date("TIMESTAMP 6/9/2022", "acornd")]


def test_midnight_may_lie_inside_an_anchor_line() -> None:
    """A line framed after midnight with a date written before it is of the day after, and the other way round."""
    before = told_by(b" 0:00:01 (d) (@d-SLOG@) Time: Thu Jun 09 2022 23:59:59 EST\n")
    after = told_by(b"23:59:58 (d) (@d-SLOG@) Time: Fri Jun 10 2022 00:00:01 EST\n")

    assert ["2022-06-10 00:00:01", "2022-06-09 23:59:58"] == [iso(told.events[0].time) for told in (before, after)]


def test_a_stream_that_writes_the_day_first_does_so_from_then_on() -> None:
    """A first number over 12 shows the order of the numbers for all dates after it, over a saved state too."""
    lines = [b" 6:00:00 (acornd) TIMESTAMP 13/6/2022\n", b" 6:00:00 (acornd) TIMESTAMP 1/7/2022\n", OUT % b" 6:10:00"]
    log = b"".join(lines)

    assert ["2022-07-01 06:10"] == _days(log)

    reader = begin(log)
    pieces = blocks(log, 1)
    read(reader, pieces[:1])
    again = FlexlmReader(ZoneInfo("UTC"))
    again.restore(reader.state())
    assert ["2022-07-01 06:10:00"] == [iso(event.time) for event in read(again, pieces[1:]).of(Start)]


def test_a_prefix_says_nothing_of_the_order_of_dates() -> None:
    """Between two dates that write the day first, a prefixed line changes nothing."""
    log = b" 6:00:00 (d) TIMESTAMP 13/6/2022\n6/14 6:00:00 (d) x\n 6:00:00 (d) TIMESTAMP 1/7/2022\n" + OUT % b" 6:10:00"

    assert ["2022-07-01 06:10"] == _days(log)


def test_lines_before_the_first_anchor_are_dated_backwards() -> None:
    """The midnights between a line and the first anchor are counted off its date."""
    log = OUT % b"22:00:00" + OUT % b" 1:00:00" + OUT % b"23:00:00" + OUT % b" 0:30:00"
    log += b" 6:00:00 (lmgrd) TIMESTAMP 3/5/2024\n" + OUT % b" 7:00:00"

    assert [
        "2024-03-03 22:00",
        "2024-03-04 01:00",
        "2024-03-04 23:00",
        "2024-03-05 00:30",
        "2024-03-05 07:00",
    ] == _days(log)


def test_an_anchor_counts_in_any_block_ahead() -> None:
    """The look-ahead goes over blocks until it finds an anchor."""
    log = OUT % b"22:00:00" + OUT % b" 1:00:00" + b" 6:00:00 (lmgrd) TIMESTAMP 3/5/2024\n"
    reader = FlexlmReader(ZoneInfo("UTC"))
    reader.date_by(iter(blocks(log, 1)), WRITTEN)

    assert "2024-03-04 22:00:00" == iso(read(reader, blocks(log, 1)).events[0].time)


@pytest.mark.parametrize("wrong", [b"1/1/2099", b"1/1/1989"])
def test_an_anchor_that_is_not_believed_dates_nothing_before_it(wrong: bytes) -> None:
    """The first anchor is the first that can be true."""
    log = OUT % b"10:00:00" + b"10:05:00 (lmgrd) TIMESTAMP " + wrong + b"\n" + OUT % b"10:06:00"
    log += b"10:10:00 (lmgrd) TIMESTAMP 3/5/2024\n"
    told = told_by(log, not_after=utc("2024-03-06"))

    assert ["2024-03-05 10:00:00", "2024-03-05 10:06:00"] == [iso(event.time) for event in told.of(Start)]
    assert (1, 1, 3) == (told.tally["refused"], told.tally["unparsed"], told.tally["understood"])
    assert "its time is more than a day ahead, or before 1990" == told.samples[0].why


def test_a_refused_anchor_leaves_the_clock_alone() -> None:
    """Lines after a date that is not believed go on from the line before it."""
    log = b" 6:00:00 (lmgrd) TIMESTAMP 3/5/2024\n" + OUT % b"10:00:00"
    log += b"10:05:00 (lmgrd) TIMESTAMP 1/1/2099\n" + OUT % b"10:06:00"

    assert ["2024-03-05 10:00", "2024-03-05 10:06"] == _days(log, not_after=utc("2024-03-06"))


@pytest.mark.parametrize(
    ("newest", "day"),
    [
        (b"11:59:00", "2024-03-05"),
        (b"12:00:59", "2024-03-05"),  # a minute of slack between the two clocks
        (b"12:01:01", "2024-03-04"),
        (b"23:00:00", "2024-03-04"),
    ],
)
def test_a_log_without_any_date_ends_when_it_was_written(newest: bytes, day: str) -> None:
    """Without an anchor the newest line has the latest day on which it is not after the moment of writing, 12:00."""
    log = OUT % b" 9:00:00" + OUT % newest

    assert f"{day} {newest.decode()[:5]}" == _days(log)[-1]


def test_an_inferred_date_is_counted_back_over_midnights() -> None:
    """The first line of a log without dates lies as many midnights before its end as the clock fell."""
    assert ["2024-03-03 22:00", "2024-03-04 22:00", "2024-03-05 01:00"] == _days(
        OUT % b"22:00:00" + b" 1:00:00 (acornd) x\n" + OUT % b"22:00:00" + OUT % b" 1:00:00"
    )


def test_an_inferred_date_is_of_the_servers_zone() -> None:
    """12:00 UTC is past 21:00 in Tokyo: a line of 21:30 is of the day before there."""
    assert ["2024-03-04 12:30", "2024-03-04 12:40"] == _days(OUT % b"21:30:00" + OUT % b"21:40:00", "Asia/Tokyo")


def test_a_log_without_a_framed_line_stays_undated() -> None:
    """There is nothing to date in noise, and it can be read all the same."""
    log = b"one\ntwo\n"
    reader = begin(log)

    assert reader.undated
    assert {"noise": 2} == read(reader, [block(log)]).tally
    assert (None, None) == (reader.frontier, reader.last_line)


def test_old_servers_write_month_and_day() -> None:
    """Prefixed lines have the date of their prefix, in the year that ends not after the log was written."""
    log = b'3/1 23:50 (acornd) OUT: "f" u@h\n3/4 0:10 (acornd) OUT: "f" u@h\n'

    assert ["2024-03-01 23:50", "2024-03-04 00:10"] == _days(log)
    assert ["2023-03-01 23:50", "2023-03-04 00:10"] == _days(log, written=utc("2024-02-01 12:00"))


def test_a_prefix_after_new_year_is_of_the_next_year() -> None:
    """From December to January the year moves on."""
    log = b'12/30 9:00 (acornd) OUT: "f" u@h\n12/31 23:50 (acornd) OUT: "f" u@h\n1/1 0:10 (acornd) OUT: "f" u@h\n'

    assert ["2023-12-30 09:00", "2023-12-31 23:50", "2024-01-01 00:10"] == _days(log)


def test_prefixes_may_go_over_several_years() -> None:
    """Each January after a December counts a year back from the end."""
    log = b"".join(b'%s 9:00 (d) OUT: "f" u@h\n' % day for day in (b"11/1", b"2/1", b"6/1", b"11/1", b"1/2"))

    assert ["2022-11-01", "2023-02-01", "2023-06-01", "2023-11-01", "2024-01-02"] == [time[:10] for time in _days(log)]


def test_a_prefix_on_leap_day_is_that_day() -> None:
    """29 February lies between the 28th and 1 March of its leap year."""
    log = b'2/28 9:00 (d) OUT: "f" u@h\n2/29 9:00 (d) OUT: "f" u@h\n3/1 9:00 (d) OUT: "f" u@h\n'

    assert ["2024-02-28", "2024-02-29", "2024-03-01"] == [time[:10] for time in _days(log)]


def test_lines_without_prefix_count_back_from_one_that_has_it() -> None:
    """The first prefix dates the lines before it, as an anchor does."""
    log = b'23:00 (d) OUT: "f" u@h\n1:00 (d) OUT: "f" u@h\n3/4 2:00 (d) OUT: "f" u@h\n'

    assert ["2024-03-03", "2024-03-04", "2024-03-04"] == [time[:10] for time in _days(log)]


def test_an_anchor_a_day_earlier_begins_a_new_stretch() -> None:
    """A fall of a day resets every daemon at its own last line, and each is seen anew."""
    log = b" 8:00:00 (lmgrd) TIMESTAMP 3/12/2024\n" + OUT % b" 9:00:00" + b" 9:30:00 (brookd) hello\n"
    log += b" 8:00:00 (lmgrd) TIMESTAMP 3/4/2024\n" + OUT % b" 9:00:00"
    told = told_by(log)

    resets = [(event.vendor, iso(event.last)[5:16], event.started) for event in told.of(Reset)]
    assert [("acornd", "03-12 09:00", False), ("brookd", "03-12 09:30", False), ("", "03-12 09:30", False)] == [
        reset for reset in resets if reset[0] != "lmgrd"
    ]
    assert ["acornd", "brookd", "acornd"] == [event.vendor for event in told.of(Seen) if event.vendor != "lmgrd"]


def test_a_rebase_takes_the_frontier_back() -> None:
    """The frontier belongs to the stretch being read."""
    log = b" 8:00:00 (acornd) TIMESTAMP 3/12/2024\n 8:00:00 (acornd) TIMESTAMP 3/4/2024\n"
    reader = begin(log)
    pieces = blocks(log, 1)
    frontiers = []
    for piece in pieces:
        read(reader, [piece])
        frontiers.append(iso(reader.frontier))

    assert ["2024-03-12 08:00:01", "2024-03-04 08:00:01"] == frontiers


def test_a_date_that_goes_on_by_days_is_no_reset() -> None:
    """After an outage the anchor moves the date on and nothing else."""
    told = told_by(
        b" 8:00:00 (acornd) TIMESTAMP 3/4/2024\n" + OUT % b"17:00:00" + b"18:00:00 (acornd) TIMESTAMP 3/7/2024\n"
    )

    assert [] == told.of(Reset)


def test_the_first_anchor_that_disagrees_asks_for_the_right_date() -> None:
    """Reading stops before the anchor, says by how many local days it was wrong, and goes on from there."""
    early = OUT % b"10:00:00"
    anchor = b"11:00:00 (lmgrd) TIMESTAMP 3/1/2024\n"
    reader = begin(early, "Europe/Madrid")
    first = reader.read(block(early))
    reading = reader.read(block(anchor, len(early)))

    assert (len(early), {"understood": 0}) == (reading.end.offset, reading.tally)
    assert reading.redate is not None
    assert ["2024-03-05 09:00:00", "2024-03-01 09:00:00"] == [
        iso(first.events[0].time),
        iso(reading.redate(first.events[0].time)),
    ]

    reader.redate()
    assert "2024-03-01 09:00:00" == iso(reader.last_line)
    assert {"acornd": (True, utc("2024-03-01 09:00"))} == reader.daemons
    again = reader.read(block(anchor, len(early)))
    assert (None, {"understood": 1}) == (again.redate, {key: count for key, count in again.tally.items() if count})
    assert "2024-03-01 10:00:00" == iso(reader.last_line)


def test_a_date_is_put_right_once() -> None:
    """After the first anchor, agreeing or not, dates are no longer inferred: the next one that differs is a jump."""
    early = OUT % b"10:00:00"
    reader = begin(early)
    read(reader, [block(early), block(b"11:00:00 (lmgrd) TIMESTAMP 3/5/2024\n", len(early))])

    assert reader.read(block(b"11:00:00 (lmgrd) TIMESTAMP 3/9/2024\n", 200)).redate is None
    assert "2024-03-09 11:00:00" == iso(reader.last_line)


def test_a_prefix_never_puts_an_inferred_date_right() -> None:
    """A date without a year is inferred itself."""
    log = b'3/4 9:00 (d) OUT: "f" u@h\n3/2 9:30 (d) OUT: "f" u@h\n'

    assert begin(log).read(block(log)).redate is None


def test_a_mark_of_the_encoding_hides_no_anchor() -> None:
    """The byte order mark before the first line is no part of it."""
    assert ["2022-06-09 10:00"] == _days(b"\xef\xbb\xbf 9:00:00 (d) TIMESTAMP 6/9/2022\r\n" + OUT % b"10:00:00")
    assert ["2022-06-09 10:00"] == _days(b"\xef\xbb\xbf" + OUT % b"10:00:00" + b"11:00:00 (d) TIMESTAMP 6/9/2022\r\n")


def test_the_first_line_of_a_generation_is_told_once() -> None:
    """The block at offset 0 tells the hash and the second of its first line, no other block does."""
    log = b" 8:00:00 (d) TIMESTAMP 3/5/2024\n" + OUT % b" 9:00:00"
    reader = begin(log)
    first, second = (reader.read(piece).first for piece in blocks(log, 1))

    assert first is not None
    assert (32, utc("2024-03-05 08:00"), None) == (len(first[0]), first[1], second)


def test_the_first_lines_second_does_not_depend_on_the_block() -> None:
    """A generation that begins with an unframed line has one natural key, wherever its first block ends."""
    log = b"----\n 8:00:00 (d) TIMESTAMP 3/5/2024\n"

    assert begin(log).read(block(log)).first == begin(log).read(blocks(log, 1)[0]).first


def test_a_block_without_lines_counts_none() -> None:
    """Where only bytes were passed over, no line is counted."""
    assert 0 == sum(begin(b"").read(block(b"", 100)).tally.values())
