"""A log of several formats: who reads which line, and by which clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from exporter.events import Start, Stop
from exporter.formats.several import SeveralReader
from exporter.formats.startstop import StartStopReader, Wording
from exporter.records import Block, Position, Reading
from tests.unit.formats.flexlm_driving import LATER

WRITTEN = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp())
OLD, NEW = Wording(line="{app} {word} {user}"), Wording(tags=("ACCT",), start=("began",), stop=("ended",))


def _reader(*wordings: Wording) -> SeveralReader:
    return SeveralReader({wording.tags[0]: StartStopReader(ZoneInfo("UTC"), wording) for wording in wordings})


def _block(*lines: str, at: int = 0) -> Block:
    log = "".join(f"{line}\n" for line in lines).encode("latin-1")
    return Block(Position(1, at), log, Position(1, at + len(log)), LATER)


def _read(*lines: str) -> Reading:
    reader, block = _reader(OLD, NEW), _block(*lines)
    reader.date_by([block], WRITTEN)
    return reader.read(block)


def _times(reading: Reading) -> list[str]:
    starts = [event for event in reading.events if isinstance(event, Start | Stop)]
    return [datetime.fromtimestamp(event.time, UTC).strftime("%Y-%m-%d %H:%M:%S") for event in starts]


def test_each_line_is_read_by_the_format_that_knows_it() -> None:
    """Two tags with words and orders of their own make sessions side by side, and each its own samples."""
    reading = _read(
        "Feb  1 10:00:00 w LIC_ACC: app START fir",
        "Feb  1 10:00:01 w ACCT: app began 20240201-1000 gum PID: 7",
        "Feb  1 10:00:02 w LIC_ACC: app began 20240201-1000 gum PID: 7",
        "Feb  1 10:00:03 w ACCT: app ended",
        "Feb  1 10:00:04 w ACCT: app ended 20240201-1000 gum PID: 7",
    )

    told = [(type(event), event.vendor) for event in reading.events if isinstance(event, Start | Stop)]
    assert [(Start, "LIC_ACC"), (Start, "ACCT"), (Stop, "ACCT")] == told
    assert {"understood": 3, "noise": 1, "unparsed": 1} == reading.tally


def test_one_format_tells_the_other_the_year() -> None:
    """Lines without year go on from the line before, whichever format that is of."""
    reading = _read(
        "Dec 30 10:00:00 w ACCT: app began 20191230-1000 gum PID: 7",
        "Dec 31 10:00:00 w LIC_ACC: app START fir",
        "2021-12-30T10:00:00Z w ACCT: app ended 20211230-1000 gum PID: 7",
        "Jan  1 10:00:00 w LIC_ACC: app STOP fir",
    )

    days = ["2019-12-30", "2019-12-31", "2021-12-30", "2022-01-01"]
    assert days == [time[:10] for time in _times(reading)]
    assert [] == reading.notes


def test_a_step_back_of_one_format_is_not_one_of_the_other() -> None:
    """In the hour that comes twice each format counts its own passes."""
    zone = ZoneInfo("Europe/Madrid")
    reader = SeveralReader({"a": StartStopReader(zone, OLD), "b": StartStopReader(zone, OLD._replace(tags=("ACCT",)))})
    block = _block(
        "Oct 25 02:50:00 w LIC_ACC: a START u",
        "Oct 25 02:10:00 w ACCT: a START u",
        "Oct 25 02:55:00 w LIC_ACC: a STOP u",
        "Oct 25 02:05:00 w LIC_ACC: b START u",
    )
    reader.date_by([block], int(datetime(2026, 10, 26, tzinfo=UTC).timestamp()))

    assert ["00:50:00", "00:10:00", "00:55:00", "01:05:00"] == [time[11:] for time in _times(reader.read(block))]


def test_which_format_read_last_is_kept() -> None:
    """A restart goes on with the clocks of all formats, and with the newest line of the log."""
    lines = ["Dec 30 10:00:00 w ACCT: app began 20191230-1000 gum PID: 7", "Dec 31 10:00:00 w LIC_ACC: app START fir"]
    before, after = _reader(OLD, NEW), _reader(OLD, NEW)
    block = _block(*lines)
    before.date_by([block], WRITTEN)
    before.read(block)
    after.restore(json.loads(json.dumps(before.state())))

    assert (before.last_line, before.frontier, before.stretch) == (after.last_line, after.frontier, after.stretch)
    more = _block("Jan  1 10:00:00 w LIC_ACC: app STOP fir", at=len(block.data))
    assert ["2020-01-01 10:00:00"] == _times(after.read(more))


def test_a_gap_ends_the_stretch_of_all() -> None:
    """After a loss the stretch begins with the next line, of whichever format."""
    reader = _reader(OLD, NEW)
    first = _block("Dec 30 10:00:00 w ACCT: app began 20191230-1000 gum PID: 7")
    reader.date_by([first], WRITTEN)
    reader.read(first)
    reader.begin_stretch()
    assert reader.stretch is None

    reader.read(_block("Dec 31 10:00:00 w LIC_ACC: app START fir", at=len(first.data)))
    second = int(datetime(2019, 12, 31, 10, tzinfo=UTC).timestamp())
    assert (second, second + 1) == reader.stretch
