"""`seatwatch people import`: a dump of today changes the table, which is the old or the new one whatever happens."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.e2e.command_line import Command, environment
from tests.e2e.people_site import PeopleSite

TABLE = """\
user,group,lab,valid_from,valid_to
amber,Physics,Optics,,
birch,Chemistry,Dyes,2024-01-01,
clover,Physics,,2023-01-01,2024-01-01
cedar,Physics,,,
dogwood,Physics,,2024-05-01,
elm,Physics,,2024-03-01,2024-06-01
elm,Biology,,2024-06-01,
"""
DUMP = """\
user,lab,group
Amber,Optics,Physics
birch,Inks,Chemistry
clover,,Botany
dogwood,,Botany
elm,,Chemistry
"""
AFTER = """\
user,group,lab,valid_from,valid_to
amber,Physics,Optics,,
birch,Chemistry,Dyes,2024-01-01,2024-05-01
clover,Physics,,2023-01-01,2024-01-01
cedar,Physics,,,2024-05-01
elm,Physics,,2024-03-01,2024-05-01
elm,Biology,,2024-06-01,
birch,Chemistry,Inks,2024-05-01,
dogwood,Botany,,2024-05-01,
elm,Chemistry,,2024-05-01,2024-06-01
clover,Botany,,2024-05-01,
"""
IMPORT = ("people", "import", "today.csv", "--day", "2024-05-01")


@pytest.fixture
def site(tmp_path: Path) -> PeopleSite:
    """Give a site with a table and a dump."""
    made = PeopleSite(tmp_path)
    (tmp_path / "people.csv").write_text(TABLE)
    (tmp_path / "today.csv").write_text(DUMP)
    return made


def test_rows_end_and_begin(site: PeopleSite) -> None:
    """Who moved or left has an end, who moved or came a beginning; the rest stays as it stands, later rows too."""
    table = site.folder / "people.csv"
    table.chmod(0o604)
    dry = site.command(*IMPORT, "--dry-run")
    assert (0, TABLE) == (dry.status, table.read_text())
    assert "1 new user, 3 who moved, 1 who left, from 2024-05-01 on; nothing was written." in dry.err
    ran = site.command(*IMPORT)

    assert (0, AFTER) == (ran.status, table.read_text())
    assert 0o604 == stat.S_IMODE(table.stat().st_mode)
    assert "0 new users, 0 who moved, 0 who left, from 2024-05-01 on; nothing was written." in site.command(*IMPORT).err
    assert not [file.name for file in site.folder.iterdir() if file.name.startswith(".people")]
    site.told("collect")


def test_a_first_table(site: PeopleSite) -> None:
    """Where there is no table yet the dump is the first, from its day on."""
    (site.folder / "people.csv").unlink()
    ran = site.command(*IMPORT)

    assert (0, True) == (ran.status, "5 new users" in ran.err)
    assert (
        "user,lab,group,valid_from,valid_to\nAmber,Optics,Physics,2024-05-01,\n"
        in (site.folder / "people.csv").read_text()
    )


@pytest.mark.parametrize(
    ("dump", "words", "said"),
    [
        ("user,group\namber,Physics\n", (), "have not the same columns (lab): let both have them"),
        ("user,group,lab\n", (), "holds nobody, so everybody would be gone"),
        ("user,group,lab\namber,a,b\namber,c,d\n", (), 'today.csv:3: user "amber" is also in'),
        ("user,group,lab,valid_to\namber,a,b,\n", (), "today.csv:1: a dump of one day has no valid_to"),
        (DUMP, ("--table", "other.csv"), "people.tables doesn't name"),
        (DUMP, ("--day", "today"), "--day today is no day such as 2024-05-01."),
    ],
)
def test_what_is_refused(site: PeopleSite, dump: str, words: tuple[str, ...], said: str) -> None:
    """The table stays as it is, and a sentence says why."""
    (site.folder / "today.csv").write_text(dump)
    ran = site.command("people", "import", "today.csv", *words)

    assert (2, TABLE) == (ran.status, (site.folder / "people.csv").read_text())
    assert said in " ".join(ran.err.split())


@pytest.mark.parametrize(
    ("place", "found"), [("mid-import", TABLE), ("before-replace", TABLE), ("after-replace", AFTER)]
)
def test_killed(site: PeopleSite, seatwatch: Command, monkeypatch: pytest.MonkeyPatch, place: str, found: str) -> None:
    """The table is the old one or the new one, and the next import makes it the new one."""
    deadly = {**environment(), "TAIL_FP": place}
    with monkeypatch.context() as patched:
        patched.setattr("tests.e2e.command_line.environment", lambda: deadly)
        killed = seatwatch(*IMPORT)
    table = site.folder / "people.csv"

    assert (-9, found) == (killed.status, table.read_text())
    assert 0 == site.command(*IMPORT).status
    assert AFTER == table.read_text()
