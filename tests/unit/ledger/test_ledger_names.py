"""Names get ids for ever: decoded once, written with the next commit, found again when memory has let them go."""

from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.errors import LedgerFull
from exporter.ledger.names import Interner
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch

Opener = Callable[[], SqliteLedger]


def test_ids_stay_over_a_restart(opened: Opener) -> None:
    """A name committed has the same id in the next process, and a new one another."""
    ledger = opened()
    product = ledger.names.product("srv", "v", "f")
    holder = ledger.names.holder("amber@ws-01", ":0")
    ledger.commit([])
    ledger.close()
    names = opened().names
    assert (product, holder) == (names.product("srv", "v", "f"), names.holder("amber@ws-01", ":0"))
    assert product != names.product("srv", "v", "g")
    assert holder != names.holder("amber@ws-01", "")


def test_two_spellings_of_one_feature_are_one_product(ledger: SqliteLedger) -> None:
    """Raw names that read the same (UTF-8 and cp1252 of one text) share an id; holders stay apart by their bytes."""
    utf8, cp1252 = "Zo\u00c3\u00ab", "Zo\u00eb"
    assert ledger.names.product("srv", "v", utf8) == ledger.names.product("srv", "v", cp1252)
    assert ledger.names.holder(f"{utf8}@h", "") != ledger.names.holder(f"{cp1252}@h", "")


def test_names_are_kept_as_people_read_them(ledger: SqliteLedger, path: Path) -> None:
    """The last @ divides user and host, bytes are decoded, control characters show, and users are case-folded."""
    holder = ledger.names.holder("CORP\\Zo\u00eb@site@WS-\x07", "d")
    product = ledger.names.product("\u03a9-srv", "v", "f\u00c3\u00ab")
    ledger.commit([])
    ask = LedgerReader(path).ask
    assert [("CORP\\Zo\u00eb@site", "WS-\ufffd", "d")] == list(ask("SELECT user, host, display FROM holder"))
    assert "corp\\zo\u00eb@site" == ledger.names.user(holder)
    assert ("\u03a9-srv", "v", "f\u00eb") == ledger.names.product_key(product)


def test_a_failed_commit_leaves_its_names_to_the_next(ledger: SqliteLedger, failpoints, path: Path) -> None:
    """Ids given before a commit that failed stay valid and are written by the one after it."""
    product = ledger.names.product("srv", "v", "f")
    holder = ledger.names.holder("amber@ws-01", "")
    failpoints.errors["before-commit"] = OSError(28, "No space left on device")
    with pytest.raises(LedgerFull):
        ledger.commit([])
    ask = LedgerReader(path).ask
    assert [(0,)] == list(ask("SELECT count(*) FROM holder"))
    ledger.commit([])
    assert [(holder,)] == list(ask("SELECT id FROM holder"))
    assert [(product,)] == list(ask("SELECT id FROM product"))


def test_names_are_written_once_though_the_process_stumbles_after_the_commit(ledger: SqliteLedger, failpoints) -> None:
    """An error after the commit doesn't write its names again."""
    ledger.names.holder("amber@ws-01", "")
    failpoints.errors["after-commit"] = RuntimeError("stumbled")
    with pytest.raises(RuntimeError):
        ledger.commit([])
    ledger.commit([])


def test_holders_beyond_the_cache_are_asked_of_the_ledger(
    ledger: SqliteLedger, full_batch: Callable[[SqliteLedger], Batch]
) -> None:
    """With room for two in memory, a hundred holders still have one id each and the right users."""
    ledger.commit([full_batch(ledger)])
    names = Interner(ledger._db.find, cached=2)
    given = {who: names.holder(who, "") for who in (f"User{n}@h" for n in range(100))}
    with ledger._db.transaction() as (db, _):
        names.write(db)
    names.written()
    assert {} == names._holders
    assert given == {who: names.holder(who, "") for who in given}
    assert [who.partition("@")[0].lower() for who in given] == [names.user(holder) for holder in given.values()]


def test_an_unknown_id_is_no_name(ledger: SqliteLedger) -> None:
    """Ids that were never given raise."""
    with pytest.raises(KeyError):
        ledger.names.user(99)
    with pytest.raises(KeyError):
        ledger.names.product_key(99)
