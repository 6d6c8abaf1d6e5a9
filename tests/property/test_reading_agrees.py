"""Any log, read by the program and by the reference reader, and cut in any way: always the same facts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.memory import SERVER, SOURCE, MemoryStream
from tests.reference.flexlm_reader import read
from tests.reference.log_strategies import Log, logs

# The nights of changed clocks are rare among all logs, and where readers differ.
LOGS = st.one_of(logs(), logs(), logs(night="autumn"), logs(night="spring"))


def _sorted_csv(text: str) -> str:
    header, *rows = text.splitlines()
    return "\n".join([header, *sorted(rows)])


@given(LOGS)
def test_program_and_reference_agree(log: Log) -> None:
    """The facts of any log equal those that the slow reference reader finds, episodes included."""
    expected = read(log.generations, log.zone, None, log.now)

    actual = MemoryStream(log.generations, log.zone, log.now).read_all()

    assert _sorted_csv(expected.sessions_csv(SERVER, SOURCE)) == actual.sessions_csv()
    assert _sorted_csv(expected.spans_csv(SERVER)) == actual.spans_csv()
    assert _sorted_csv(expected.denials_csv(SERVER, SOURCE)) == actual.denials_csv()
    assert _sorted_csv(expected.waits_csv(SERVER, SOURCE)) == actual.waits_csv()


@given(LOGS, st.sampled_from((17, 40, 200, 4096, 65_536)), st.data())
def test_cutting_changes_nothing(log: Log, size: int, data: st.DataObject) -> None:
    """Blocks of any size, and restarts from the committed state between any two, give the facts of one reading."""
    whole = MemoryStream(log.generations, log.zone, log.now).read_all()

    cut = MemoryStream(log.generations, log.zone, log.now)
    while cut.read(size):
        if data.draw(st.booleans()):
            cut.restart()

    assert whole.exports() == cut.exports()
