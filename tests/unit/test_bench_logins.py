"""The benchmark of logins: it reads what it has written, and sees when the ledger is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import logins
from tests.bench.measuring import BenchFault


def test_every_login_is_in_the_ledger(tmp_path: Path) -> None:
    """A wtmp of about so many records is read whole."""
    found = logins.measure_logins(tmp_path, 500)

    assert 500 <= found.records == (tmp_path / "wtmp").stat().st_size // 384
    assert found.cost.seconds > 0


def test_a_ledger_that_lacks_logins_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another count than that of the wtmp ends the benchmark."""
    written = logins.write_logins
    monkeypatch.setattr(logins, "write_logins", lambda path, records: (records, written(path, records)[1] + 1))

    with pytest.raises(BenchFault, match="wrong: of "):
        logins.measure_logins(tmp_path, 10)
