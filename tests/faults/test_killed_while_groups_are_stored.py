"""Killed while windows by group are stored, or made again for a changed table: the next life has all of them, once."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from exporter.ledger.reader import LedgerReader
from tests.faults.test_killed_while_windows_are_stored import CONFIG, collect, log_lines

PEOPLE = "user,group,valid_from,valid_to\nuser0,red,,2024-01-20\nuser0,blue,2024-01-20,\nuser1,red,,\n"
CHANGED = PEOPLE.replace("2024-01-20", "2024-01-10")


def site(folder: Path, people: str) -> Path:
    """Write a log, a table and a configuration into a new folder."""
    folder.mkdir()
    (folder / "srv.log").write_text("\n".join([*log_lines(), ""]), encoding="utf-8")
    (folder / "people.csv").write_text(people, encoding="utf-8")
    config = f"{CONFIG}people: {{tables: people.csv, by_user: true}}\nprometheus: {{listen: null}}\n"
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    return folder


def by_group(folder: Path) -> list[tuple[object, ...]]:
    """Return all stored windows by group, and up to where those of each feature are stored."""
    ledger = LedgerReader(folder / "ledger.db")
    windows = ledger.ask(
        "SELECT p.feature, s.kind, b.tier, b.start, b.end, b.seat_seconds, b.checkouts, b.denials "
        "FROM breakdown AS b JOIN subject AS s ON s.id = b.subject "
        "JOIN product AS p ON p.id = s.product ORDER BY 1, 2, 3, 4"
    )
    until = ledger.ask(
        "SELECT p.feature, t.tier, t.until FROM stored AS t JOIN subject AS s ON s.id = t.subject "
        "JOIN product AS p ON p.id = s.product WHERE s.measure = 'by' ORDER BY 1, 2"
    )
    found = [*windows, *until]
    ledger.close()
    return found


@pytest.fixture(scope="module")
def never_killed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """Give what a life that ended well has stored by the changed table."""
    folder = site(tmp_path_factory.mktemp("well") / "site", CHANGED)
    assert 0 == collect(folder).returncode
    return by_group(folder)


@pytest.mark.parametrize("place", ["mid-windows:10", "mid-windows:20", "before-commit:7", "after-commit:6"])
def test_killed_at_first(tmp_path: Path, place: str, never_killed: list[tuple[object, ...]]) -> None:
    """Some windows of features are stored by then, or some by group."""
    folder = site(tmp_path / "site", CHANGED)
    assert -signal.SIGKILL == collect(folder, TAIL_FP=place).returncode
    assert 0 == collect(folder).returncode

    assert never_killed == by_group(folder)


@pytest.mark.parametrize("place", ["before-commit:1", "after-commit:1", "mid-windows:1", "mid-windows:5"])
def test_killed_after_a_change(tmp_path: Path, place: str, never_killed: list[tuple[object, ...]]) -> None:
    """The table is taken over with what it makes wrong, or not at all; what was made again is not made wrong by it."""
    folder = site(tmp_path / "site", PEOPLE)
    assert 0 == collect(folder).returncode
    assert never_killed != by_group(folder)
    (folder / "people.csv").write_text(CHANGED, encoding="utf-8")
    assert -signal.SIGKILL == collect(folder, TAIL_FP=place).returncode
    assert 0 == collect(folder).returncode

    assert never_killed == by_group(folder)
