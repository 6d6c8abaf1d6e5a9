"""Any log, read by the program and by the reference reader, and cut in any way: always the same facts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.records import Gap
from tests.memory import SERVER, SOURCE, MemoryStream
from tests.reference.flexlm_reader import read
from tests.reference.log_strategies import Log, logs

# The nights of changed clocks are rare among all logs, and where readers differ.
LOGS = st.one_of(logs(), logs(), logs(night="autumn"), logs(night="spring"))


def _sorted_csv(text: str) -> str:
    header, *rows = text.splitlines()
    return "\n".join([header, *sorted(rows)])


def _lines(log: Log) -> list[tuple[int, int]]:
    """Return (generation, offset) of each line, in the order in which the reference reader numbers them from 1."""
    places = []
    for number, data in enumerate(log.generations, 1):
        pieces = data.split(b"\n")
        offset = 0
        for piece in pieces[:-1] if number == len(log.generations) else pieces:
            places.append((number, offset))
            offset += len(piece) + 1
    return places


@st.composite
def _losses(draw: st.DrawFn, log: Log) -> tuple[list[int], list[Gap]]:
    """Draw gaps before some of the lines: their numbers, and as the tailer would tell them."""
    places = _lines(log)
    numbers = sorted(draw(st.sets(st.integers(1, len(places)), max_size=3))) if places else []
    return numbers, [Gap(*places[number - 1], None, "lost") for number in numbers]


@given(LOGS, st.sampled_from((0, 60, 3_600, 86_400)), st.data())
def test_program_and_reference_agree_around_gaps(log: Log, expiry: int, data: st.DataObject) -> None:
    """With gaps anywhere, both readers end, infer and clear the same sessions, wherever the program is stopped."""
    numbers, gaps = data.draw(_losses(log))
    expected = read(log.generations, log.zone, None, log.now, numbers, expiry)

    whole = MemoryStream(log.generations, log.zone, log.now, lost=gaps, expiry=expiry).read_all()
    cut = MemoryStream(log.generations, log.zone, log.now, lost=gaps, expiry=expiry)
    while cut.read(200):
        if data.draw(st.booleans()):
            cut.restart()

    assert _sorted_csv(expected.sessions_csv(SERVER, SOURCE)) == whole.sessions_csv()
    assert _sorted_csv(expected.spans_csv(SERVER)) == whole.spans_csv()
    assert _sorted_csv(expected.waits_csv(SERVER, SOURCE)) == whole.waits_csv()
    assert expected.tallies.unmatched == whole.tally.get("unmatched", 0)
    assert whole.exports() == cut.exports()


@given(LOGS)
def test_program_and_reference_agree(log: Log) -> None:
    """The facts of any log equal those that the slow reference reader finds, episodes included."""
    expected = read(log.generations, log.zone, None, log.now)

    actual = MemoryStream(log.generations, log.zone, log.now).read_all()

    assert _sorted_csv(expected.sessions_csv(SERVER, SOURCE)) == actual.sessions_csv()
    assert _sorted_csv(expected.spans_csv(SERVER)) == actual.spans_csv()
    assert _sorted_csv(expected.denials_csv(SERVER, SOURCE)) == actual.denials_csv()
    assert _sorted_csv(expected.waits_csv(SERVER, SOURCE)) == actual.waits_csv()
    assert expected.coverage == actual.intervals()


@given(LOGS, st.sampled_from((17, 40, 200, 4096, 65_536)), st.data())
def test_cutting_changes_nothing(log: Log, size: int, data: st.DataObject) -> None:
    """Blocks of any size, and restarts from the committed state between any two, give the facts of one reading."""
    whole = MemoryStream(log.generations, log.zone, log.now).read_all()

    cut = MemoryStream(log.generations, log.zone, log.now)
    while cut.read(size):
        if data.draw(st.booleans()):
            cut.restart()

    assert whole.exports() == cut.exports()
