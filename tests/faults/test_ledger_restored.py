"""The ledger is set back to a backup: reading goes on from there, as if it had never gone further."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.ledger.backup import back_up
from exporter.ledger.reader import LedgerReader
from exporter.ledger.replace import replace_ledger
from tests.faults.harness.scene import Scene


def _no_bar(_done: int, _pages: int) -> None:
    """Show nothing."""


def _facts(scene: Scene) -> list[object]:
    """Return all facts with their natural keys, and where reading stands."""
    reader = LedgerReader(scene.ledger)
    key = "g.first_hash, g.first_time, g.rollbacks, f.at"
    rows = list(
        reader.ask(
            f"SELECT {key}, f.n, f.product, f.holder, f.seats, f.start, f.end, f.reason, f.inferred FROM session AS f "
            f"JOIN generation AS g ON g.id = f.generation ORDER BY {key}, f.n"
        )
    )
    rows += reader.ask("SELECT first_hash, offset, size, closed FROM generation ORDER BY id")
    rows += reader.ask("SELECT stream, kind, n FROM tally ORDER BY stream, kind")
    rows += reader.ask("SELECT state, frontier, last_line FROM stream ORDER BY id")
    reader.close()
    return rows


@pytest.mark.case("K10", "The ledger is set back to a backup made while it was written.")
def test_it_reads_on_from_the_backup(scene: Scene, tmp_path: Path) -> None:
    """After two rotations the restored ledger comes to the very rows, keys, offsets and states that it had."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        back_up(scene.ledger, tmp_path / "backup.db", _no_bar)
    scene.pen.write(300)
    scene.poll()
    scene.pen.rename()
    scene.pen.write(200)
    scene.poll(3)
    scene.pen.rename(pack=True)
    scene.pen.write(200)
    scene.see(again=False)
    scene.stop()
    before = _facts(scene)
    replace_ledger(scene.ledger, tmp_path / "backup.db", scene.clock.now, _no_bar)
    assert 300 == scene.found().counted
    scene.start()

    scene.see()
    assert before == _facts(scene)


@pytest.mark.case("K10", mode="down")
def test_what_has_gone_since_the_backup_is_a_gap(scene: Scene, tmp_path: Path) -> None:
    """A generation that was read after the backup and is deleted now is told as lost, where the backup stood."""
    scene.pen.write(300)
    scene.poll()
    back_up(scene.ledger, tmp_path / "backup.db", _no_bar)
    end = scene.pen.size()
    lost = scene.pen.write(100)
    scene.poll()
    rotated = scene.pen.rename()
    scene.pen.write(50)
    scene.poll(3)
    scene.stop()
    rotated.unlink()
    replace_ledger(scene.ledger, tmp_path / "backup.db", scene.clock.now, _no_bar)
    scene.start()

    scene.see(lost=lost, gaps=[(end, None)])
