"""The benchmark of file transfers: it reads what it has written, and sees when the ledger is wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.bench import transfers
from tests.bench.measuring import BenchFault


def test_every_file_is_in_the_ledger(tmp_path: Path) -> None:
    """A log of so many lines is read whole, and grep counts the same lines."""
    found = transfers.measure_transfers(tmp_path, 500)

    assert 500 == found.lines == len((tmp_path / "tx_harbour.log").read_text().splitlines())
    assert found.cost.seconds > found.grep.seconds > 0


def test_a_ledger_that_lacks_files_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other counts than those of the log end the benchmark."""
    written = transfers.write_transfers
    monkeypatch.setattr(transfers, "write_transfers", lambda path, lines: written(path, lines) + Counter(other=1))

    with pytest.raises(BenchFault, match="of 101 files the ledger has 100"):
        transfers.measure_transfers(tmp_path, 100)
