"""Worked examples read under one denial rule, which then changes: what raw rows cover is as if it had never been."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from exporter.ledger.reader import LedgerReader
from tests.e2e.command_line import ROOT, Command, told

VECTORS = ROOT / "tests" / "vectors"
CASES = ("12-denial-storm", "13-denied-again-after-grant", "14-queue", "15-package-product")
RULES = ("{}", "{grant_window: 0s, retry_window: 0s}", "{grant_window: 1m}", "{grant_window: 1h, retry_window: 1d}")


def episodes(folder: Path) -> Sequence[tuple[object, ...]]:
    """Return the episodes in the ledger, by place, feature and user."""
    reader = LedgerReader(folder / "ledger.db")
    rows = reader.ask(
        "SELECT e.generation, e.at, p.feature, h.user, e.first, e.last, e.lines, e.outcome FROM episode AS e "
        "JOIN product AS p ON p.id = e.product JOIN holder AS h ON h.id = e.holder ORDER BY e.generation, e.at"
    )
    found = list(rows)
    reader.close()
    return found


def read(folder: Path, case: str, rule: str, run: Command, share: float = 1.0) -> Sequence[tuple[object, ...]]:
    """Read the first *share* of the lines of *case* under *rule*, and return the episodes."""
    lines = (VECTORS / case / "input.log").read_bytes().splitlines(keepends=True)
    (folder / "input.log").write_bytes(b"".join(lines[: int(share * len(lines))]))
    text = (VECTORS / case / "config.yaml").read_text()
    (folder / "config.yaml").write_text(f"{text}\ndenials: {rule}\n")
    told(run("collect"))
    return episodes(folder)


@pytest.mark.parametrize("case", CASES)
def test_a_changed_rule_is_as_if_it_had_always_been(case: str, tmp_path: Path, seatwatch: Command) -> None:
    """Whatever the rule was when the first part of a log was read, the episodes are those of the rule that is."""
    expected = {}
    for rule in RULES:
        expected[rule] = read(tmp_path, case, rule, seatwatch)
        for file in tmp_path.glob("ledger.db*"):
            file.unlink()
    assert case == "15-package-product" or len({str(found) for found in expected.values()}) > 1

    for number, rule in enumerate(RULES):
        for share in (0.5, 0.7, 1):
            read(tmp_path, case, RULES[number - 1], seatwatch, share)
            assert expected[rule] == read(tmp_path, case, rule, seatwatch)
            for file in tmp_path.glob("ledger.db*"):
                file.unlink()


def test_a_dry_run_adopts_on_a_copy(tmp_path: Path, seatwatch: Command) -> None:
    """`collect --dry-run` under another rule leaves the ledger as it was."""
    case = CASES[0]
    before = read(tmp_path, case, RULES[0], seatwatch)
    (tmp_path / "config.yaml").write_text(
        (VECTORS / case / "config.yaml").read_text() + f"\ndenials: {RULES[1]}\n",
    )
    kept = shutil.copy(tmp_path / "ledger.db", tmp_path / "kept.db")
    told(seatwatch("collect", "--dry-run"))
    assert before == episodes(tmp_path)
    assert Path(kept).read_bytes() == (tmp_path / "ledger.db").read_bytes()
