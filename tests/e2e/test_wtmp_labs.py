"""Labs: the wtmp of many machines, from their files to windows, capacity and the endpoint."""

from __future__ import annotations

import csv
import os
from functools import partial
from io import StringIO
from pathlib import Path

import pytest

from exporter.ledger.happenings import read_happenings
from exporter.ledger.reader import LedgerReader
from tests.e2e.command_line import Command, called, told
from tests.reference.wtmp_records import Record, boot, login, logout, packed, shutdown

T = 1_709_625_600
"""2024-03-05T08:00:00Z."""
CONFIG = """
site: {name: here, timezone: UTC}
ledger: {path: ledger.db}
sources:
  - name: rooms
    format: wtmp
    server: campus
    host: "{host}"
    paths: ["wtmp/{host}/wtmp*"]
    labs:
      - {name: oak room, hosts: ["oak*"], machines: 4}
      - {name: elm room, hosts: ["elm?", "pc-e*"], machines: 2}
capacity:
  - {server: campus, vendor: wtmp, feature: oak room, seats: 2, from: 2024-03-05T10:00:00Z}
prometheus: {listen: null}
"""
MACHINES: dict[str, list[Record]] = {
    "oak1": [boot(T), login(T + 600, "tty1", "amber"), logout(T + 4_200, "tty1"), shutdown(T + 9_000)],
    "OAK2": [boot(T), login(T + 1_800, ":0", "birch", ":0"), login(T + 1_900, "pts/0", "birch", ":0"), boot(T + 9_000)],
    "elm1": [boot(T), login(T + 3_600, "tty1", "Amber"), logout(T + 7_200, "tty1"), shutdown(T + 9_000)],
    "fig1": [boot(T), login(T, "tty1", "cedar"), logout(T + 60, "tty1"), shutdown(T + 9_000)],
}


@pytest.fixture
def seatwatch(tmp_path: Path) -> Command:
    """Run commands in the test's folder, inside this process."""
    return partial(called, tmp_path)


@pytest.fixture
def site(tmp_path: Path, seatwatch: Command) -> Command:
    """Collect the wtmp of four machines, one of which is in no lab."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    for machine, records in MACHINES.items():
        (tmp_path / "wtmp" / machine).mkdir(parents=True)
        (tmp_path / "wtmp" / machine / "wtmp").write_bytes(packed(records))
    told(seatwatch("collect"))
    return seatwatch


def rows(site: Command, *words: str) -> list[dict[str, str]]:
    """Return the rows of an export."""
    return list(csv.DictReader(StringIO(told(site("export", *words)))))


def test_the_load_of_a_lab(site: Command) -> None:
    """Of each hour its window has how many machines were in use of how many there are, of all machines together."""
    windows = {
        (row["feature"], row["start"][11:13]): tuple(
            row[field] for field in ("in_use_max", "seat_seconds", "issued", "users", "seconds_ge_50")
        )
        for row in rows(site, "windows", "--tier", "hourly")
    }

    assert {
        ("oak room", "08"): ("2", "4800", "4.000000", "2", "1800"),
        ("oak room", "09"): ("2", "4200", "4.000000", "2", "600"),
        ("oak room", "10"): ("1", "1800", "2.000000", "1", "1800"),
        ("elm room", "09"): ("1", "3600", "2.000000", "1", "3600"),
        ("elm room", "08"): ("0", "0", "2.000000", "0", "0"),
        ("elm room", "10"): ("0", "0", "2.000000", "0", "0"),
        ("login", "08"): ("1", "60", "0.000000", "1", "0"),
        ("login", "09"): ("0", "0", "0.000000", "0", "0"),
        ("login", "10"): ("0", "0", "0.000000", "0", "0"),
    } == windows


def test_each_session_names_its_machine(site: Command) -> None:
    """The machine stands in each session, with its kind and line; the server is that of all of them."""
    assert [
        ("login", "cedar", "console fig1 tty1", "1", "returned"),
        ("oak room", "amber", "console oak1 tty1", "1", "returned"),
        ("oak room", "birch", "X OAK2 :0", "1", "reset"),
        ("oak room", "birch", "X OAK2 pts/0", "0", "reset"),
        ("elm room", "Amber", "console elm1 tty1", "1", "returned"),
    ] == [
        (row["feature"], row["user"], row["display"], row["seats"], row["end_reason"])
        for row in sorted(rows(site, "sessions"), key=lambda row: row["start"])
    ]


def test_a_second_log_of_a_machine_is_stopped(site: Command, tmp_path: Path) -> None:
    """A copy of a machine's wtmp under another name would count twice: it is stopped with a sentence that says so."""
    (tmp_path / "wtmp" / "oak1" / "wtmp.save").write_bytes(packed(MACHINES["oak1"]))

    said = site("collect")

    assert 1 == said.status
    assert "wtmp of oak1 of server campus is already read from" in said.err
    assert 5 == len(rows(site, "sessions"))


def test_a_foreign_file_stops_its_log_only(site: Command, tmp_path: Path) -> None:
    """A wtmp of another layout is told of with what it is, also by `status`, and the other machines go on."""
    (tmp_path / "wtmp" / "elm2").mkdir()
    (tmp_path / "wtmp" / "elm2" / "wtmp").write_bytes(b"SQLite format 3\0" + bytes(8_192))
    with (tmp_path / "wtmp" / "oak1" / "wtmp").open("ab") as wtmp:
        wtmp.write(packed([boot(T + 9_100), login(T + 9_200, "tty1", "dill")]))

    said = site("collect")

    assert 1 == said.status
    assert "database of SQLite, as wtmpdb keeps one" in said.err
    assert "database of SQLite, as wtmpdb keeps one" in " ".join(site("status").out.split())
    assert {"amber", "Amber", "birch", "cedar", "dill"} == {row["user"] for row in rows(site, "sessions")}


def test_what_was_read_before_a_foreign_file_counts(site: Command, tmp_path: Path) -> None:
    """What was read of a sound rotated wtmp counts, once, where the next one is of another layout and refused."""
    folder = tmp_path / "wtmp" / "elm2"
    folder.mkdir()
    (folder / "wtmp.1").write_bytes(packed([login(T + 60, "tty1", "elder"), logout(T + 90, "tty1")]))
    (folder / "wtmp").write_bytes(b"\n" + packed(MACHINES["oak1"]))

    for _ in range(2):
        said = site("collect")
        assert 1 == said.status
        assert "None of its first records is one of a wtmp" in said.err
        assert ["elder"] == [row["user"] for row in rows(site, "sessions") if "elm2" in row["display"]]

    (folder / "wtmp").write_bytes(packed([login(T + 9_100, "tty1", "dill")]))
    told(site("collect"))
    assert ["elder", "dill"] == [row["user"] for row in rows(site, "sessions") if "elm2" in row["display"]]


def test_a_rotated_wtmp_goes_on(site: Command, tmp_path: Path) -> None:
    """A session over a rotation has both its ends, and no record of the old file counts again."""
    folder = tmp_path / "wtmp" / "fig1"
    (folder / "wtmp").rename(folder / "wtmp.1")
    (folder / "wtmp").write_bytes(packed([boot(T + 9_100), login(T + 9_200, "tty1", "dill")]))
    told(site("collect"))
    (folder / "wtmp.1").rename(folder / "wtmp.2")
    (folder / "wtmp").rename(folder / "wtmp.1")
    (folder / "wtmp").write_bytes(packed([logout(T + 9_500, "tty1")]))
    told(site("collect"))

    (dill,) = (row for row in rows(site, "sessions") if row["user"] == "dill")
    assert ("300", "returned") == (dill["seat_seconds"], dill["end_reason"])
    assert 6 == len(rows(site, "sessions"))


def test_explain_shows_the_records(site: Command, tmp_path: Path) -> None:
    """`explain` shows file, number and text of the record that began each session, and of the one that ended it."""
    said = told(site("explain", "--feature", "elm room", "--at", "2024-03-05T09:30:00Z", "--format", "json"))

    assert str(tmp_path / "wtmp" / "elm1" / "wtmp") in said
    assert '"number": 2' in said
    assert "USER_PROCESS tty1 Amber pid 1000 at 2024-03-05T09:00:00Z" in said
    assert "DEAD_PROCESS tty1 pid 999 at 2024-03-05T10:00:00Z" in said


def test_a_week_ends_a_session(tmp_path: Path, seatwatch: Command) -> None:
    """A session that is open for longer than a week ends then as expired, however long the machine goes on."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "wtmp" / "oak1").mkdir(parents=True)
    wtmp = tmp_path / "wtmp" / "oak1" / "wtmp"
    wtmp.write_bytes(packed([login(T, "tty1", "amber"), login(T + 8 * 86_400, "tty2", "birch")]))
    os.utime(wtmp, (T + 8 * 86_400, T + 8 * 86_400))
    told(seatwatch("collect"))

    assert [("604800", "expired"), ("1", "")] == [
        (row["seat_seconds"], row["end_reason"]) for row in rows(seatwatch, "sessions")
    ]


def test_the_example_of_the_documentation_is_well(root: Path, tmp_path: Path, seatwatch: Command) -> None:
    """The sources that docs/wtmp.md shows load, with what a configuration has besides."""
    example = (root / "docs" / "wtmp.md").read_text().split("```yaml\n")[1].split("```")[0]
    (tmp_path / "config.yaml").write_text(
        f"site: {{name: here, timezone: UTC}}\nledger: {{path: ledger.db}}\n{example}prometheus: {{listen: null}}\n"
    )

    assert 2 == seatwatch("check-config").out.count("no file matches")


def test_the_lives_of_the_machines(site: Command, tmp_path: Path) -> None:
    """Boots, crashes and shutdowns are told under the name of their machine, for whoever draws graphs of them."""
    reader = LedgerReader(tmp_path / "ledger.db")
    try:
        found = [one[:4] for one in read_happenings(reader.ask, 0, 0)]
    finally:
        reader.close()

    assert sorted(
        [
            *((T, "booted", "campus", machine) for machine in MACHINES),
            *((T + 9_000, "halted", "campus", machine) for machine in ("oak1", "elm1", "fig1")),
            (T + 9_000, "crashed", "campus", "OAK2"),
        ]
    ) == sorted(found)
