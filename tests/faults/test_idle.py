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
from tests.faults.harness.log_lines import line

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


def _ledger(inside: Inside) -> tuple[object, ...]:
    """Return what changes with any write to the ledger."""
    reader = LedgerReader(inside.ledger)
    try:
        told = next(iter(reader.ask("SELECT revision, committed FROM meta")))
    finally:
        reader.close()
    files = [inside.ledger, inside.ledger.with_name(f"{inside.ledger.name}-wal")]
    return *told, *((path.stat().st_mtime_ns, path.stat().st_size) for path in files)


@pytest.mark.case("B4", "An hour without a line in any of a hundred logs.", mode="alive")
def test_nothing_is_written_and_hardly_anything_asked(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written to the ledger, and a look at a log is one question to the file system."""
    before, calls = _ledger(inside), Counter[str]()

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

    assert before == _ledger(inside)
    assert (LOGS + 3) * 1_800 >= calls.total()
    assert {"stat"} == set(calls), calls


@pytest.mark.case("B4", mode="down")
def test_a_start_writes_nothing(inside: Inside) -> None:
    """Where nothing happened while it was down, a start leaves the facts as they were."""
    before = inside.found().exports
    inside.start()
    inside.poll()
    told = _ledger(inside)[:2]
    for _ in range(30):
        assert 1 == inside.poll()

    assert told == _ledger(inside)[:2]
    assert before == inside.found().exports
