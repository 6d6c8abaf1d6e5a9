"""`seatwatch people import`: a dump of today changes the table, which is the old or the new one whatever happens."""

from __future__ import annotations

import os
import stat
import time
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


def test_many_who_left(site: PeopleSite) -> None:
    """A dump that lacks more than half of the users may have been cut: it is refused, unless told to be whole."""
    (site.folder / "today.csv").write_text("user,group,lab\namber,Physics,Optics\n")
    refused = site.command(*IMPORT)
    assert (2, TABLE) == (refused.status, (site.folder / "people.csv").read_text())
    assert "4 of 5 users would be gone from 2024-05-01 on" in " ".join(refused.err.split())
    assert "0 who moved, 4 who left" in site.command(*IMPORT, "--dry-run").err
    assert "0 who moved, 4 who left" in site.command(*IMPORT, "--many-gone").err
    assert 3 == (site.folder / "people.csv").read_text().count(",2024-05-01\n")


def test_a_last_day_stays(site: PeopleSite) -> None:
    """Who has a last day in the table, and moves before it, has it after the move as well."""
    (site.folder / "people.csv").write_text("user,group,valid_from,valid_to\namber,Physics,,2024-06-01\n")
    (site.folder / "today.csv").write_text("user,group\namber,Botany\n")
    site.told(*IMPORT)
    assert "amber,Physics,,2024-05-01\namber,Botany,2024-05-01,2024-06-01\n" in (site.folder / "people.csv").read_text()


def test_a_table_that_would_be_faulty_is_not_written(site: PeopleSite) -> None:
    """Whoever is in another table already is not begun in this one too; nothing of the attempt is left."""
    (site.folder / "more.csv").write_text("user,group\nclover,Botany\n")
    config = site.folder / "config.yaml"
    config.write_text(config.read_text().replace("[people.csv]", "[people.csv, more.csv]"))
    (site.folder / "people.csv").write_text(TABLE.replace("clover,Physics,,2023-01-01,2024-01-01\n", ""))
    before = (site.folder / "people.csv").read_text()
    ran = site.command(*IMPORT, "--table", "people.csv")

    assert (2, before) == (ran.status, (site.folder / "people.csv").read_text())
    table = site.folder / "people.csv"
    said = f'{table}:10: user "clover" is also in {site.folder / "more.csv"}:2 at that time'
    assert f"{table} stays as it is; the tables would be faulty after the import:" in ran.err
    assert said in " ".join(ran.err.split())
    assert not [file.name for file in site.folder.iterdir() if file.name.startswith(".people")]


def test_a_dump_taken_back(site: PeopleSite) -> None:
    """What began on a day and is otherwise in a second dump of it never held; twenty thousand are no more work."""
    table, dump = site.folder / "people.csv", site.folder / "today.csv"
    table.unlink()
    took = []
    for group in ("Physics", "Botany"):
        dump.write_text("user,group\n" + "".join(f"u{number},{group}\n" for number in range(20_000)))
        began = time.process_time()
        site.told(*IMPORT)
        took.append(time.process_time() - began)

    assert ["u0,Botany,2024-05-01,", "u1,Botany,2024-05-01,"] == table.read_text().splitlines()[1:3]
    assert 20_001 == len(table.read_text().splitlines())
    assert took[1] < 5 * took[0]


def test_a_link_to_a_table_stays_one(site: PeopleSite) -> None:
    """What is replaced is the file it leads to, and whoever could read that can read it still."""
    table = site.folder / "people.csv"
    (site.folder / "kept").mkdir()
    real = table.rename(site.folder / "kept" / "real.csv")
    table.symlink_to(real)
    groups = [*os.getgroups(), *([1] if os.geteuid() == 0 else [])]
    os.chown(real, -1, groups[-1])
    site.told(*IMPORT)

    assert (True, AFTER, groups[-1]) == (table.is_symlink(), real.read_text(), real.stat().st_gid)


@pytest.mark.parametrize(
    ("dump", "words", "said"),
    [
        ("user,group\namber,Physics\n", (), "have not the same columns (lab): let both have them"),
        ("user,group,lab\n", (), "holds nobody, so everybody would be gone"),
        ("user,group,lab\namber,a,b\namber,c,d\n", (), 'today.csv:3: user "amber" is also in'),
        ("user,group,lab,valid_to\namber,a,b,\n", (), "today.csv:1: a dump of one day has no valid_to"),
        (DUMP[:-2], (), "today.csv ends inside a line, as if it had been cut"),
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
