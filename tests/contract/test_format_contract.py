"""What every log format promises (`Format` in exporter/ports.py), tried on every worked example of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from exporter.events import Event
from exporter.formats.flexlm import FlexlmReader
from exporter.formats.lmod import LmodReader
from exporter.formats.metpx import MetpxReader, Place, Rules
from exporter.formats.wtmp import WtmpReader
from exporter.ports import Format
from exporter.records import LINE_OUTCOMES, Block, Position
from tests.reference.wtmp_life import lived
from tests.reference.wtmp_records import SIZE, packed, read_dump

LATER = 4_000_000_000
TESTS = Path(__file__).resolve().parents[1]
DAY_OF_LOGINS = TESTS / "golden" / "day-of-logins" / "input.dump"


class Records(bytes):
    """A binary log, whose lines are records of one length."""

    def splitlines(self, keepends: bool = True) -> list[bytes]:
        """Return the records."""
        assert keepends, "they have no ends"
        return [self[at : at + SIZE] for at in range(0, len(self), SIZE)]


CASES = [
    *(
        pytest.param(
            lambda: FlexlmReader(ZoneInfo("Europe/Madrid")), log.read_bytes(), id=f"flexlm-{log.parent.name}-{log.name}"
        )
        for log in sorted(TESTS.glob("vectors/*/input.log*"))
    ),
    pytest.param(
        lambda: MetpxReader(ZoneInfo("America/Toronto"), Place("tx", "harbour_2"), Rules()),
        (TESTS / "golden/transfers/tx_harbour_2.log").read_bytes(),
        id="metpx",
    ),
    pytest.param(
        lambda: LmodReader(ZoneInfo("Europe/Berlin")), (TESTS / "golden/modules/input.log").read_bytes(), id="lmod"
    ),
    *(
        pytest.param(lambda: WtmpReader("login", "alder"), Records(packed(records)), id=f"wtmp-{name}")
        for name, records in (("day", read_dump(DAY_OF_LOGINS.read_text())), ("life", lived(7, 400)))
    ),
]
"""(makes a reader, a log of its format); a new format adds its own."""

every_format = pytest.mark.parametrize(("make", "log"), CASES)
Make = Callable[[], Format]


def _blocks(log: bytes, lines: int) -> Iterator[Block]:
    """Cut *log* into blocks of so many *lines*."""
    whole = log.splitlines(keepends=True)
    offset = 0
    for first in range(0, len(whole), lines):
        data = b"".join(whole[first : first + lines])
        yield Block(Position(1, offset), data, Position(1, offset + len(data)), LATER)
        offset += len(data)


def _begin(make: Make, log: bytes) -> Format:
    """Return a reader that knows the date of the first line of *log*."""
    reader = make()
    reader.date_by(_blocks(log, 1_000_000), 1_709_000_000)
    return reader


def _read(reader: Format, blocks: Iterable[Block]) -> tuple[list[Event], Counter[str]]:
    """Return the events and tallies of *blocks*."""
    events: list[Event] = []
    tally: Counter[str] = Counter()
    for block in blocks:
        reading = reader.read(block)
        assert block.end == reading.end, "a dated log is read to the end of each block"
        events += reading.events
        tally.update(reading.tally)
    return events, tally


@every_format
def test_where_a_block_ends_makes_no_difference(make: Make, log: bytes) -> None:
    """Line by line, three at a time or at once: the events and tallies are the same."""
    at_once = _read(_begin(make, log), _blocks(log, 1_000_000))

    assert at_once == _read(_begin(make, log), _blocks(log, 1))
    assert at_once == _read(_begin(make, log), _blocks(log, 3))


@every_format
def test_a_saved_state_goes_on_where_it_was_saved(make: Make, log: bytes) -> None:
    """A new reader with the state saved as JSON after any line makes the same events of the rest."""
    without_pause = _read(_begin(make, log), _blocks(log, 1))

    reader = _begin(make, log)
    events: list[Event] = []
    tally: Counter[str] = Counter()
    for block in _blocks(log, 1):
        new_events, new_tally = _read(reader, [block])
        events += new_events
        tally.update(new_tally)
        state = json.loads(json.dumps(reader.state()))
        reader = make()
        reader.restore(state)

    assert without_pause == (events, tally)


@every_format
def test_every_line_has_one_outcome(make: Make, log: bytes) -> None:
    """Understood, noise and unparsed add up to the lines of the log."""
    _, tally = _read(_begin(make, log), _blocks(log, 1_000_000))

    assert len(log.splitlines()) == sum(tally[outcome] for outcome in LINE_OUTCOMES)


@every_format
def test_an_event_is_placed_at_its_line(make: Make, log: bytes) -> None:
    """Each event carries the offset of a line start, and events come in reading order."""
    events, _ = _read(_begin(make, log), _blocks(log, 1_000_000))
    starts = {block.start.offset for block in _blocks(log, 1)} | {len(b"\xef\xbb\xbf")}
    places = [event.at for event in events]

    assert sorted(places) == places
    assert set(places) <= starts
