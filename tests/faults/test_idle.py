"""Nothing happens, for hours."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exporter.ledger.reader import LedgerReader
from tests.faults.harness.inside import Inside
from tests.faults.harness.log_lines import FIRST, line
from tests.faults.harness.scene import Scene

LOGS = 100
_CALLS = ("stat", "lstat", "fstat", "open", "pread", "listdir")


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Inside]:
    """Return a Seatwatch in this process that has read a hundred logs to their end."""
    logging.disable()
    made = Inside(tmp_path)
    for number in range(LOGS):
        log = made.logs / f"log{number}.log"
        log.write_text("".join(f"{line(0, seq, seq)}\n" for seq in range(20)))
        os.utime(log, (made.clock.now() - 60, made.clock.now() - 60))
    made.start()
    for _ in range(5):
        made.poll()
    yield made
    made.close()
    logging.disable(logging.NOTSET)


def _told(inside: Inside, sql: str) -> list[tuple[Any, ...]]:
    """Return what the ledger answers."""
    reader = LedgerReader(inside.ledger)
    try:
        return list(reader.ask(sql))
    finally:
        reader.close()


def _facts(inside: Inside) -> list[list[tuple[Any, ...]]]:
    """Return all that the ledger holds but the time up to which its logs are known to be quiet, and its windows."""
    tables = _told(
        inside,
        "SELECT name FROM sqlite_schema WHERE type = 'table' "
        "AND name NOT IN ('meta', 'quiet', 'window', 'stored', 'subject')",
    )
    return [_told(inside, f"SELECT * FROM {table}") for (table,) in tables]


@pytest.mark.case("B4", "An hour without a line in any of a hundred logs.", mode="alive")
def test_hardly_anything_is_written_or_asked(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A minute writes one row a log, all at once, and no fact; an hour's windows are one commit.

    A look at a log is one question to the file system.
    """
    before, calls = _facts(inside), Counter[str]()
    ((commits,),) = _told(inside, "SELECT revision FROM meta")

    def counted(name: str) -> Any:
        real = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            calls[name] += 1
            return real(*arguments, **options)

        return call

    for name in _CALLS:
        monkeypatch.setattr(os, name, counted(name))
    for _ in range(1_800):
        assert 1 == inside.poll(2.0)
    monkeypatch.undo()

    assert before == _facts(inside)
    ((after,),) = _told(inside, "SELECT revision FROM meta")
    assert 60 <= after - commits <= 62
    assert [(LOGS,)] == _told(inside, "SELECT count(*) FROM quiet")
    assert 2 << 20 > inside.ledger.with_name(f"{inside.ledger.name}-wal").stat().st_size
    assert (LOGS + 3) * 1_800 >= calls.total()
    assert {"stat"} == set(calls), calls


@pytest.mark.case("B4", mode="down")
def test_a_start_writes_nothing(inside: Inside) -> None:
    """Where nothing happened while it was down, a start leaves the facts as they were, and before a minute all else."""
    before = _facts(inside)
    inside.start()
    inside.poll()
    commits = _told(inside, "SELECT * FROM meta")
    while inside.clock.now() % 60 < 58:
        assert 1 == inside.poll()
        assert commits == _told(inside, "SELECT * FROM meta")
    inside.poll()

    assert before == _facts(inside)
    assert commits != _told(inside, "SELECT * FROM meta")


@pytest.mark.case("B4")
def test_quiet_time_is_known(scene: Scene) -> None:
    """Minute by minute the time without lines is covered, over a kill too; the next line goes on from there."""
    scene.pen.write(20)
    scene.poll(3)
    with scene.meanwhile():
        scene.poll(60, after=60.0)
    scene.poll(after=60.0)
    assert int(scene.clock.now) - 2 == _covered(scene)

    scene.pen.write(20)
    scene.see()


@pytest.mark.case("B4")
def test_a_dead_server_is_not_quiet(scene: Scene) -> None:
    """After seven hours nothing more is covered, and a kill takes nothing of it back."""
    scene.pen.write(20)
    scene.poll(8 * 60, after=60.0)
    died = _covered(scene)
    assert 7 * 3_600 - 60 <= died - FIRST.timestamp() <= 7 * 3_600
    scene.restart()
    scene.poll(10, after=60.0)

    assert died == _covered(scene)


def _covered(scene: Scene) -> int:
    """Return up to when the log is covered, in one interval from its first line on."""
    reader = LedgerReader(scene.ledger)
    try:
        ((begin, end),) = reader.ask('SELECT "from", "to" FROM covered')
    finally:
        reader.close()
    assert FIRST.timestamp() == begin
    return int(end)
