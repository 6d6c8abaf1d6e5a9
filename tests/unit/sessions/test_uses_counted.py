"""What is used at an instant is counted and handed out once, and opens nothing."""

from dataclasses import replace
from math import inf

from exporter.events import Start, Use
from exporter.facts import UseFact, UseTotal
from exporter.records import Checkpoint
from exporter.sessions.demand import EpisodeRule
from exporter.sessions.pairing import SessionPairing
from tests.unit.sessions.fake_names import FakeNames

NEW = Checkpoint(1)


def pairing(names: FakeNames, checkpoint: Checkpoint = NEW) -> SessionPairing:
    """Return the pairing of a stream of server ``srv``."""
    return SessionPairing("srv", names, EpisodeRule(), 86_400, 10, checkpoint)


def test_each_use_is_a_fact_with_its_place() -> None:
    """Product, holder and path are ids; a line may name a server of its own, and stand for several."""
    names = FakeNames()
    book = pairing(names)
    book.apply(
        7, [Use(50, 0, "c1", "lmod", "gcc/5", "ann@n1", "/m/gcc"), Use(40, 90, "", "lmod", "gcc/5", "bo@n1", "", 3)]
    )
    facts = book.take(51)

    assert [UseFact(7, 0, 1, 1, 1, 50, 1), UseFact(7, 90, 2, 2, 2, 40, 3)] == facts.uses
    assert [("c1", "lmod", "gcc/5"), ("srv", "lmod", "gcc/5")] == names.products
    assert {1: UseTotal(1, 50), 2: UseTotal(3, 40)} == facts.use_totals


def test_it_is_handed_out_once_and_totals_go_on() -> None:
    """What was taken isn't taken again; totals are absolute, those of an earlier process included."""
    names = FakeNames()
    names.product("c1", "lmod", "gcc/5")
    book = pairing(names, replace(NEW, use_totals={1: UseTotal(10, 45)}))
    load = Use(50, 0, "c1", "lmod", "gcc/5", "ann@n1", "/m/gcc")
    book.apply(1, [load, load._replace(at=9, time=44)])
    first, nothing = book.take(51), book.take(51)
    book.apply(1, [load._replace(at=20)])

    assert {1: UseTotal(12, 44)} == first.use_totals
    assert ([], {}) == (nothing.uses, nothing.use_totals)
    assert {1: UseTotal(13, 44)} == book.take(60).use_totals


def test_nothing_is_open_by_it() -> None:
    """A use is no session, no feature in use, and moves no window of seats."""
    book = pairing(FakeNames())
    book.apply(1, [Use(50, 0, "", "lmod", "gcc/5", "ann@n1", "/m/gcc")])
    facts = book.take(51)

    assert ([], {}, inf, ()) == (facts.sessions, facts.totals, facts.since, book.products)


def test_it_stands_beside_sessions() -> None:
    """One log may tell of both, of one product too."""
    book = pairing(FakeNames())
    book.apply(1, [Start(50, 0, "v", "f", "ann@n1", "", 1), Use(51, 30, "", "v", "f", "ann@n1", "")])
    facts = book.take(52)

    assert ([50], [51]) == ([one.start for one in facts.sessions], [one.time for one in facts.uses])
    assert facts.totals.keys() == facts.use_totals.keys()
