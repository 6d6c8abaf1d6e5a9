"""Any wtmp, read by the program and by the slow model, in blocks of any size and over restarts: the same sessions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from exporter.formats.wtmp import WtmpReader
from exporter.records import LINE_OUTCOMES, Block, Position
from exporter.sessions.lifetimes import LifetimeRule
from tests.reference.wtmp_life import BEGIN, lived
from tests.reference.wtmp_model import Told, sessions_of
from tests.reference.wtmp_records import SIZE, Record, packed
from tests.unit.sessions.pairing_desk import Desk

NOT_AFTER = BEGIN + 10_000_000
WEEK = 7 * 86_400

_TIMES = st.one_of(
    st.integers(BEGIN, BEGIN + 4_000),
    st.integers(BEGIN, BEGIN + 3 * WEEK),
    st.sampled_from((0, 631_151_999, NOT_AFTER + 1, 4_294_967_295)),
)
_LINES = st.sampled_from(("", "tty1", "pts/0", "pts/1", "pts/2", ":0", "ftpd1", "~", "l" * 32))
_USERS = st.sampled_from(("", "", "amber", "birch", "LOGIN", "shutdown", "u" * 32))
_HOSTS = st.sampled_from(("", "192.0.2.7", ":0", ":pts/0:S.0", "h" * 256))
_LEVELS = st.sampled_from((0, 300, ord("0"), ord("5"), ord("6")))
_RECORDS = st.tuples(st.integers(0, 9), _TIMES, _LINES, _USERS, _HOSTS, _LEVELS).map(lambda parts: Record(*parts))
_LIVES = st.builds(lived, st.integers(0, 1 << 30), st.integers(1, 40))
LOGS = st.one_of(st.lists(_RECORDS, max_size=25), _LIVES)


class Reading:
    """One wtmp being read; every commit is kept."""

    def __init__(self, records: Sequence[Record]) -> None:
        """Begin with a host's *records*."""
        self.data = packed(records)
        self.at = 0
        self.tally: Counter[str] = Counter()
        self._desk = Desk(lifetime=LifetimeRule(WEEK, one_per_handle=True))
        self._reader = WtmpReader("login", "alder")

    def read(self, size: int) -> bool:
        """Read so many records more; return whether there are any left."""
        data = self.data[self.at : self.at + size * SIZE]
        start, self.at = self.at, self.at + len(data)
        block = Block(Position(1, start), data, Position(1, self.at), NOT_AFTER)
        reading = self._reader.read(block, every_line=self._desk.pairing.in_doubt)
        self.tally.update(reading.tally)
        self._desk.apply(*reading.events)
        self._desk.commit(self._reader.frontier)
        return self.at < len(self.data)

    def restart(self) -> None:
        """Go on in a new process."""
        state = json.loads(json.dumps(self._reader.state()))
        self._reader = WtmpReader("login", "alder")
        self._reader.restore(state)
        self._desk.restart()

    def sessions(self, records: Sequence[Record]) -> list[Told]:
        """Return the sessions that were committed; what the model tells of a login comes from its record."""
        found = []
        for (_, at, _), one in sorted(self._desk.sessions.items()):
            record = records[at // SIZE]
            found.append(
                Told(at // SIZE, record.user, record.line, record.host, one.start, one.end, one.reason, one.seats)
            )
        return found


@given(LOGS)
def test_program_and_model_agree(records: list[Record]) -> None:
    """Each session of any wtmp has the start, the end, the reason and the seats that the model finds."""
    reading = Reading(records)
    reading.read(1_000)

    assert sessions_of(records, NOT_AFTER, WEEK) == reading.sessions(records)
    assert len(records) == sum(reading.tally[outcome] for outcome in LINE_OUTCOMES)


@given(LOGS, st.data())
def test_cutting_and_restarting_change_nothing(records: list[Record], data: st.DataObject) -> None:
    """Blocks of any size, and restarts from what was committed between any two, give the sessions of one reading."""
    whole, cut = Reading(records), Reading(records)
    whole.read(1_000)

    while cut.read(data.draw(st.integers(1, 5))):
        if data.draw(st.booleans()):
            cut.restart()

    assert whole.sessions(records) == cut.sessions(records)
    assert whole.tally == cut.tally
