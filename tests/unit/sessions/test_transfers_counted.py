"""What is received and sent is summed up by the minute; products that are too many are one."""

from dataclasses import replace

from exporter.catalog.transfers import OTHER
from exporter.events import Transfer
from exporter.facts import TransferTotal
from exporter.records import Checkpoint
from exporter.sessions.demand import EpisodeRule
from exporter.sessions.pairing import SessionPairing
from tests.unit.sessions.fake_names import FakeNames

NEW = Checkpoint(1)
SENT = Transfer(60, 0, "tx", "a", "SA", 10, 2, negative=False, late=False, error=False)


def pairing(checkpoint: Checkpoint = NEW, most: float = 2) -> SessionPairing:
    """Return the pairing of a stream in which a client may have *most* products."""
    return SessionPairing("px", FakeNames(), EpisodeRule(), 86_400, 10, checkpoint, most_kinds=most)


def sent(*products: str) -> list[Transfer]:
    """Return a file of each product."""
    return [SENT._replace(product=product) for product in products]


def test_the_first_products_are_kept_apart() -> None:
    """Later ones are `other`, once a minute; errors and what is `other` by itself take nobody's place."""
    book = pairing()
    error = SENT._replace(product="", error=True)
    book.apply(1, [*sent(OTHER), error, *sent("SA", "FC", "x1", "SA", "x2", "x1")])
    facts = book.take(61).transfers

    assert {(OTHER, 4, 0), ("", 0, 1), ("SA", 2, 0), ("FC", 1, 0)} == {
        (one.kind, one.files, one.errors) for one in facts
    }
    assert 4 == len(facts)


def test_each_client_has_as_many() -> None:
    """What one client is sent takes no place of another's."""
    book = pairing(most=1)
    book.apply(1, [*sent("SA", "FC"), SENT._replace(client="b", product="FC")])

    assert {(1, "SA"), (1, OTHER), (2, "FC")} == {(one.product, one.kind) for one in book.take(61).transfers}


def test_a_restart_changes_nothing() -> None:
    """The products that were first stay so, wherever the reading was broken off; fewer allowed take none away."""
    lines = sent("SA", "x1", "FC", OTHER, "x2", "SA", "x3", "FC")
    whole = pairing()
    whole.apply(1, lines)
    expected = whole.take(61).transfer_totals
    assert {(1, "SA"), (1, "x1"), (1, OTHER)} == set(expected)

    for place in range(len(lines)):
        before = pairing()
        before.apply(1, lines[:place])
        known = before.take(61).transfer_totals
        after = pairing(replace(NEW, transfer_totals=known))
        after.apply(1, lines[place:])
        assert expected == {**known, **after.take(61).transfer_totals}

    fewer = pairing(replace(NEW, transfer_totals={(1, "SA"): TransferTotal(1, 1, 0, 0, 60)}), most=0)
    fewer.apply(1, sent("SA", "FC"))
    assert {"SA", OTHER} == {one.kind for one in fewer.take(61).transfers}
