"""What the ledger keeps of a sink: what a round has done, all or nothing, and none of it at another place."""

import errno
from collections.abc import Callable

import pytest

from exporter.errors import LedgerFull
from exporter.ledger.shipments import Advance, Intent, Refused, Skipped, Stand, read_skipped
from exporter.ledger.store import SqliteLedger
from tests.unit.ledger.conftest import Failpoints

HOUR = 3600
BEGIN = Intent(HOUR, 7, 0, 10 * HOUR)
DONE = Advance(HOUR, 7, 10 * HOUR, 10 * HOUR)


def test_what_a_round_has_done_is_kept_once(ledger: SqliteLedger, failpoints: Failpoints) -> None:
    """Where it can't be written, nothing of it is, and tried again it counts once."""
    shipments = ledger.shipments
    sink = shipments.open("main", "here")
    shipments.begin(sink, [BEGIN])
    failpoints.errors["before-commit"] = OSError(errno.ENOSPC, "no space")

    with pytest.raises(LedgerFull):
        shipments.advance(sink, [DONE], [Skipped(HOUR, "refused", 1)], [Refused(HOUR, b"l", "no")], None, 5)
    assert (0, {}, Stand(0, 0, 10 * HOUR)) == (
        shipments.told(sink),
        read_skipped(ledger.ask, sink, HOUR),
        shipments.stands(sink)[HOUR, 7],
    )
    shipments.advance(sink, [DONE], [Skipped(HOUR, "refused", 1)], [Refused(HOUR, b"l", "no")], None, 5)
    assert (5, {"refused": 1}, Stand(0, 10 * HOUR, 10 * HOUR)) == (
        shipments.told(sink),
        read_skipped(ledger.ask, sink, HOUR),
        shipments.stands(sink)[HOUR, 7],
    )


@pytest.mark.parametrize(("place", "until", "told"), [("here", 10 * HOUR, 5), ("there", 0, 0)])
def test_another_place(opened: Callable[[], SqliteLedger], place: str, until: int, told: int) -> None:
    """Where its points go elsewhere, a sink keeps its id and what may be there, and has to get everything again."""
    ledger = opened()
    sink = ledger.shipments.open("main", "here")
    ledger.shipments.begin(sink, [BEGIN])
    ledger.shipments.advance(sink, [DONE], told=5)
    ledger.close()
    shipments = opened().shipments

    assert sink == shipments.open("main", place)
    assert (Stand(0, until, 10 * HOUR), told) == (shipments.stands(sink)[HOUR, 7], shipments.told(sink))


def test_a_change_while_windows_are_under_way(ledger: SqliteLedger) -> None:
    """What was sent before the change doesn't count as sent, and what may be there stays noted, however far it went."""
    shipments = ledger.shipments
    sink = shipments.open("main", "here")
    shipments.begin(sink, [BEGIN])
    with ledger._db.transaction() as (db, _):
        db.execute("UPDATE shipped SET until = min(until, ?1), changed = ?1", (3 * HOUR,))
    shipments.advance(sink, [Advance(HOUR, 7, 9 * HOUR, 8 * HOUR)])
    assert Stand(0, 3 * HOUR, 10 * HOUR) == shipments.stands(sink)[HOUR, 7]

    shipments.begin(sink, [BEGIN])
    shipments.advance(sink, [Advance(HOUR, 7, 9 * HOUR, 8 * HOUR)])
    assert Stand(0, 9 * HOUR, 8 * HOUR) == shipments.stands(sink)[HOUR, 7]
