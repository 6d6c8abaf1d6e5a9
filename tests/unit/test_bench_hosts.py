"""The benchmark of accounting: it reads what it has written, and sees when the ledger is wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.bench import hosts
from tests.bench.measuring import BenchFault


def test_every_run_is_in_the_ledger(tmp_path: Path) -> None:
    """A log of so many lines is read whole, and grep counts the same lines."""
    found = hosts.measure_hosts(tmp_path, 500)

    assert 500 == found.lines == len((tmp_path / "hosts.log").read_text().splitlines())
    assert found.cost.seconds > found.grep.seconds > 0


def test_a_ledger_that_lacks_runs_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other counts than those of the log end the benchmark."""
    written = hosts.write_runs
    monkeypatch.setattr(hosts, "write_runs", lambda path, lines: written(path, lines) + Counter(other=1))

    with pytest.raises(BenchFault, match="wrong: of "):
        hosts.measure_hosts(tmp_path, 100)
