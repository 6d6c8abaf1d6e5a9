"""What is told of restarts, rereads and gaps: each once, and again when it has changed."""

from collections.abc import Callable
from dataclasses import replace

from exporter.facts import Facts
from exporter.ledger.happenings import read_happenings
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch, Gap, Happening
from tests.unit.ledger.conftest import NOON

FullBatch = Callable[[SqliteLedger], Batch]
LOST = ("Lines were lost", "Source lic: rotated away.")
FILLED = ("A gap was filled", "Source lic: rotated away. The lines came back.")


def told(ledger: SqliteLedger, since: int = 0, oldest: int = 0) -> list[Happening]:
    """Return what happened since a revision."""
    return list(read_happenings(ledger.ask, since, oldest))


def revision(ledger: SqliteLedger) -> int:
    """Return the newest revision."""
    ((rev,),) = ledger.ask("SELECT revision FROM meta")
    return int(rev)


def gap(batch: Batch, *, withdrawn: bool) -> Batch:
    """Return a batch after *batch* with nothing but its gap, as it is now."""
    lost = Gap(batch.gaps[0].generation, 600, 650, "gone", None, withdrawn)
    return replace(batch, generations=[], facts=Facts(), tally={}, samples=[], coverage=[], gaps=[lost])


def test_restarts_and_gaps(ledger: SqliteLedger, full_batch: FullBatch) -> None:
    """Each daemon's start and each gap is told with its second, its server and its words, and none before *oldest*."""
    ledger.commit([full_batch(ledger)])

    assert [
        *(
            Happening(NOON, "started", "srv", name, f"{name} started", f"{name} started on srv, as its log tells.")
            for name in ("brookd", "larchd")
        ),
        Happening(NOON, "gap", "srv", "", *LOST),
    ] == told(ledger)
    assert [] == told(ledger, oldest=NOON + 1)
    assert [] == told(ledger, since=revision(ledger))


def test_a_gap_that_is_withdrawn(ledger: SqliteLedger, full_batch: FullBatch) -> None:
    """Lines that come back are told in the gap's own second, over what was told of it, with the gap's own reason."""
    batch = full_batch(ledger)
    ledger.commit([batch])
    before, (lost,) = revision(ledger), [one for one in told(ledger) if one.kind == "gap"]
    ledger.commit([gap(batch, withdrawn=True)])

    (filled,) = told(ledger, since=before)
    assert FILLED == (filled.title, filled.text)
    assert lost[:4] == filled[:4]


def test_a_gap_that_opens_again(ledger: SqliteLedger, full_batch: FullBatch) -> None:
    """Lines that came back and are lost once more are told as lost."""
    batch = full_batch(ledger)
    ledger.commit([batch])
    ledger.commit([gap(batch, withdrawn=True)])
    before = revision(ledger)
    ledger.commit([gap(batch, withdrawn=False)])

    assert [("Lines were lost", "Source lic: gone.")] == [(one.title, one.text) for one in told(ledger, since=before)]
