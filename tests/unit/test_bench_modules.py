"""The benchmark of module loads: it reads what it has written, and sees when the ledger is wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.bench import modules
from tests.bench.measuring import BenchFault


def test_every_load_is_in_the_ledger(tmp_path: Path) -> None:
    """A log of so many lines is read whole, and grep counts the same lines."""
    found = modules.measure_modules(tmp_path, 500)

    assert 500 == found.lines == len((tmp_path / "modules.log").read_text().splitlines())
    assert found.cost.seconds > found.grep.seconds > 0


def test_a_ledger_that_lacks_loads_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other counts than those of the log end the benchmark."""
    written = modules.write_loads
    monkeypatch.setattr(modules, "write_loads", lambda path, lines: written(path, lines) + Counter(other=1))

    with pytest.raises(BenchFault, match="of 101 loads the ledger has 100"):
        modules.measure_modules(tmp_path, 100)
