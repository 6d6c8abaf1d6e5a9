"""A reset takes away all that came of a source and nothing else, at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.errors import LedgerFull
from exporter.ledger.reader import LedgerReader
from exporter.ledger.reset import Holdings
from exporter.ledger.shipments import Intent, Refused, Skipped
from exporter.ledger.store import SqliteLedger
from exporter.ledger.windows import Piece, StoredWindow
from exporter.records import Batch

NOON = 1_709_640_000  # 2024-03-05T12:00:00Z
NAMES = {"product", "holder", "path", "subject"}
KEPT = {
    *("meta", "audit", "package", "rule", "belonging", "capacity_row", "licence_file", "product_capacity", "member"),
    *("pruned", *NAMES),
}
"""Tables that belong to no source: ids of names are for ever, and the configuration's copy stays."""
SINKS = {"sink", "shipped", "skipped", "refused"}
"""They learn of it by the epoch."""
WINDOWS = {"window", "breakdown", "stored"}
FEATURE, PRODUCT, OF_OTHERS = 11, 12, 13
"""Subjects: a feature of both sources, a product with it, and one of another server."""


@pytest.fixture
def two_sources(ledger: SqliteLedger, full_batch: Callable[[SqliteLedger], Batch]) -> SqliteLedger:
    """Give a ledger with something of everything of source lic, and of source other."""
    ledger.commit([full_batch(ledger)])
    other = full_batch(ledger)
    other.stream = ledger.checkpoint("other", "srv", "/logs/other.log").stream
    ledger.commit([other])
    ledger.note_quiet({1: NOON + 400, 2: NOON + 400})
    elsewhere = ledger.names.product("elsewhere", "brookd", "brook_cfd")
    ledger.commit([])
    db = ledger._db.connection()
    ended = "SELECT generation, at, n, -1, end, end_generation, end_at, 1 FROM session WHERE reason = 'returned'"
    db.execute(f"INSERT INTO superseded {ended}")  # before all times: it is left alone
    db.execute("INSERT INTO rule VALUES ('zone', '\"UTC\"', 1)")
    db.execute("INSERT INTO capacity_row VALUES (1, 0, 4, 'config', 1)")
    db.execute("INSERT INTO licence_file VALUES ('srv', '/srv/brookd.lic', 'hash', 0)")
    db.execute("INSERT INTO audit VALUES ('srv', 'brookd', 'brook_cfd', 0, 2, 1)")  # it ends with its day
    db.execute("INSERT INTO belonging VALUES ('user', 'ann', 'group', 'red', 0, 1, 1000)")
    db.execute("INSERT INTO breakdown VALUES (3600, ?, 0, 3600, 1, 1, 1, 1)", (FEATURE,))
    db.executemany(
        "INSERT INTO subject (id, product, name) VALUES (?, ?, ?)",
        [(FEATURE, 1, None), (PRODUCT, None, "Brook"), (OF_OTHERS, elsewhere, None)],
    )
    db.execute("INSERT INTO member VALUES (?, 1)", (PRODUCT,))
    db.execute("INSERT INTO product_capacity VALUES (?, 0, 4, 1)", (PRODUCT,))
    db.execute("INSERT INTO use_minute SELECT product, time, generation, holder, path, uses, rev FROM use")
    db.execute("INSERT INTO pruned (product, until) VALUES (?, 0)", (elsewhere,))
    sink = ledger.shipments.open("main", "here")
    ledger.shipments.begin(sink, [Intent(3600, FEATURE, 0, 3600)])
    ledger.shipments.advance(sink, [], [Skipped(3600, "refused", 1)], [Refused(3600, b"line", "no")])
    for subject in (FEATURE, PRODUCT, OF_OTHERS):
        window = StoredWindow(0, 3600, (1,) * 20, None)
        ledger.store_windows([Piece(3600, subject, 0, 3600, [window])])
    return ledger


def _tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables."""
    reader = LedgerReader(path)
    names = [name for (name,) in reader.ask("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    tables = {name: list(reader.ask(f"SELECT * FROM {name}")) for name in names}
    reader.close()
    return tables


def test_everything_of_the_source_goes_and_the_others_stay(two_sources: SqliteLedger, path: Path) -> None:
    """No table but those of names holds anything of it; the other source has its rows, each as it was."""
    before = _tables(path)
    two_sources.reset("lic")
    after = _tables(path)

    assert {name for name in before if before[name]} == set(before), "a table without rows shows nothing"
    for name in set(before) - KEPT - SINKS - WINDOWS:
        assert after[name] == [row for row in before[name] if row in after[name]]
        assert 2 * len(after[name]) == len(before[name]), name
    for name in (KEPT | SINKS) - {"meta", "shipped"}:
        assert before[name] == after[name]
    assert [(*row[:6], 0, *row[7:]) for row in before["shipped"]] == after["shipped"], "it is noted that they changed"
    assert ["other"] == [row[1] for row in after["stream"]]


def test_windows_of_what_it_tells_go(two_sources: SqliteLedger) -> None:
    """Windows of its features and of products with one of them are made anew; those of others stay."""
    two_sources.reset("lic")

    assert [(OF_OTHERS,)] == two_sources.ask("SELECT subject FROM window")
    assert [(FEATURE, 0), (PRODUCT, 0), (OF_OTHERS, 3600)] == two_sources.ask("SELECT subject, until FROM stored")


def test_the_epoch_tells_of_it(two_sources: SqliteLedger, path: Path) -> None:
    """The epoch is raised by one, in the commit of the reset."""
    ((_, _, epoch, revision, _),) = _tables(path)["meta"]
    two_sources.reset("lic")
    ((_, _, later, newest, _),) = _tables(path)["meta"]

    assert (epoch + 1, revision + 1) == (later, newest)


def test_it_is_counted_before(two_sources: SqliteLedger) -> None:
    """What there is of a source can be told, of one without anything too."""
    assert Holdings(
        streams=1, sessions=3, open_sessions=2, denials=1, uses=2, transfers=1, gaps=1
    ) == two_sources.holdings("lic")
    assert Holdings(0, 0, 0, 0, 0, 0, 0) == two_sources.holdings("nothing")


@pytest.mark.parametrize("place", ["txn-begin", "before-commit"])
def test_a_reset_that_fails_takes_nothing_away(two_sources: SqliteLedger, failpoints, path: Path, place: str) -> None:
    """When the disk is full all is as it was, and the same again succeeds."""
    before = _tables(path)
    failpoints.errors[place] = OSError(28, "No space left on device")
    with pytest.raises(LedgerFull, match="make room on its disk"):
        two_sources.reset("lic")
    assert before == _tables(path)

    two_sources.reset("lic")
    assert ["other"] == [row[1] for row in _tables(path)["stream"]]


def test_what_is_read_again_is_as_before(
    two_sources: SqliteLedger, full_batch: Callable[[SqliteLedger], Batch], path: Path
) -> None:
    """The same lines give the same natural keys and the same ids of names, and the stream begins empty."""
    keys = (
        "SELECT g.first_hash, g.first_time, g.rollbacks, f.at, f.n, f.product, f.holder FROM session AS f "
        "JOIN generation AS g ON g.id = f.generation JOIN stream AS s ON s.id = g.stream WHERE s.source = 'lic' "
        "ORDER BY f.at, f.n"
    )
    before = list(two_sources._db.connection().execute(keys))
    two_sources.reset("lic")
    empty = two_sources.checkpoint("lic", "srv", "/logs/lic.log")
    assert (None, [], {}, {}) == (empty.position, empty.generations, empty.state, empty.tally)

    two_sources.commit([full_batch(two_sources)])
    assert before == list(two_sources._db.connection().execute(keys))


def test_a_stream_goes_on_under_another_name(two_sources: SqliteLedger) -> None:
    """Moved, it stands where it stood, with all that is open; nothing is left under the old name."""
    before = two_sources.checkpoint("lic", "srv", "/logs/lic.log")
    (known,) = [stream for stream in two_sources.streams() if stream.source == "lic"]
    assert ("lic", "srv", "/logs/lic.log", before.position and before.position.generation) == known[1:]
    two_sources.move_stream(known, "renamed", "/elsewhere/lic.log")

    assert before == two_sources.checkpoint("renamed", "srv", "/elsewhere/lic.log")
    assert ["other", "renamed"] == sorted(stream.source for stream in two_sources.streams())
    assert before.generations == two_sources.generations(known.id)
