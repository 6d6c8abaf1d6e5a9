"""Tables of people and hosts: what rows say, and every fault at once with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.config.people import read_tables
from exporter.directory import Directory, PeopleRules
from exporter.errors import ConfigError

MARCH, APRIL = 1_709_247_600, 1_711_922_400
"""Midnights in Madrid of the first days of these months of 2024."""


def tables(folder: Path, people: str = "", hosts: str = "") -> Directory:
    """Return what tables say."""
    files = []
    for name, text in (("people.csv", people), ("hosts.csv", hosts)):
        (folder / name).write_text(text)
        files.append([str(folder / name)] if text else [])
    found = read_tables(*files, "Europe/Madrid")
    return Directory(PeopleRules(found.belongings, found.breakdowns))


def test_groups_by_date(tmp_path: Path) -> None:
    """A row holds from the midnight of its first day in the site's zone to that of its last, which does not count."""
    said = tables(tmp_path, "user,group\tof work,valid_from,valid_to\nAnn,,,\n".replace("\t", " "))
    assert ("(unlisted)", "of work") == (said.text("group of work", "ann", "h", MARCH), "of work")

    said = tables(
        tmp_path, "\ufeff valid_to,user, group,valid_from\r\n2024-04-01,ann,red,2024-03-01\r\n,ANN,blue,2024-04-01\n"
    )
    at = {time: said.text("group", "Ann", "h", time) for time in (MARCH - 1, MARCH, APRIL - 1, APRIL, APRIL * 2)}
    assert ["(unlisted)", "red", "red", "blue", "blue"] == list(at.values())


def test_shares(tmp_path: Path) -> None:
    """Rows of one user that hold together are weighed against each other; equal values are one."""
    said = tables(tmp_path, "user,group,lab,share\nann,red,x,1\nann,blue,x,0.5\nann,red,y,2\n")

    assert (("red", 3000), ("blue", 500)) == said.shares("group", "ann", "h", MARCH)
    assert (("y", 2000), ("x", 1500)) == said.shares("lab", "ann", "h", MARCH)


def test_hosts(tmp_path: Path) -> None:
    """Names go before patterns, longer patterns before shorter ones; an alias is its host; a foreign one is that."""
    rows = "PC1,pc1.site 10.0.0.1 pc1,,own,A,\n,,pc*,,B,\n,,*,foreign,,2024-04-01\n,,pc-x*,,,\n"
    text = f"host,aliases,pattern,origin,room,valid_to\n{rows}"
    said = tables(tmp_path, "user,group\nann,red\n", text)

    rooms = {host: said.text("host_room", "ann", host, MARCH) for host in ("pc1", "10.0.0.1", "pc2", "pc-x1", "guest")}
    assert ["A", "A", "B", "(unlisted)", "(foreign)"] == list(rooms.values())
    assert ("(foreign)", "red") == (said.text("group", "ann", "g", MARCH), said.text("group", "ann", "g", APRIL))
    assert ["red", "(unknown)"] == [said.text(group, "ann", "", MARCH) for group in ("group", "host_room")]
    assert ("host_room", "group") == tuple(sorted(said.rules.breakdowns, reverse=True))


def test_pseudonyms_of_a_person_and_a_host(tmp_path: Path) -> None:
    """All users of a person, and all names of a host, have one; a user of a foreign host has another."""
    found = read_tables(
        [_file(tmp_path, "p.csv", "user,person\nann,Ann A\nann2,Ann A\n")],
        [_file(tmp_path, "h.csv", "host,aliases,pattern,origin\nh1,h1.site,,\n,,guest*,foreign\n")],
        "UTC",
    )
    said = Directory(PeopleRules(found.belongings, found.breakdowns, key=b"k" * 16))
    other = Directory(PeopleRules(found.belongings, found.breakdowns, key=b"l" * 16))

    assert said.user("ann", "h1", 5) == said.user("ANN2", "h2", 7)
    assert said.host("h1", 5) == said.host("H1.SITE", 7)
    four = {
        said.user("ann", "h1", 5),
        said.user("ann", "guest1", 5),
        said.user("bo", "h1", 5),
        other.user("ann", "h1", 5),
    }
    assert 4 == len(four)
    assert "k" * 16 not in repr(said.rules)


def _file(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


OVERLAPS = '3: user "ann" is also in {}:2 at that time; let valid_to of the earlier row end it (or give both a share)'
BAD = ((2, "none"), (3, "0"))
CELLS = "has {} cells; the first line names 2 columns"
TAKEN = "1: a column of people can't be called {}: so are those of hosts"


@pytest.mark.parametrize(
    ("people", "faults"),
    [
        ("user,group\nann,red,x\nbo\n", [f"2: {CELLS.format(3)}", f"3: {CELLS.format(1)}"]),
        ("User,group\nann,red\n", ['1: needs a column user; did you mean "User"?']),
        ("user,group,group\n", ["1: has two columns group"]),
        ("user,,x\n", ["1: has no name over a column"]),
        ("\n\n", ["1: has no columns; the first line names them, such as user,group,valid_from,valid_to"]),
        ("user,group\nann,red\nANN,blue\n", [OVERLAPS]),
        ("user,share\nann,1\nann,\n", [OVERLAPS]),
        (
            "user,share\nann,none\nbo,0\n,1\n",
            [*(f'{line}: share "{it}" is no number above 0, up to 1000' for line, it in BAD), "4: user is empty"],
        ),
        (
            "user,valid_from,valid_to\nann,2024-04-01,2024-04-01\nbo,soon,\n",
            [
                "2: valid_to has to be later than valid_from; the day of valid_to does not count",
                '3: valid_from: "soon" is not a date; write 2022-01-31 or 2022-01-31 08:00:00',
            ],
        ),
        ("user,host_room,foreign\n", [TAKEN.format("host_room"), TAKEN.format("foreign")]),
        ("user;group\nann;red\n", ["1: has semicolons between its cells; save the table with commas"]),
        ("user\tgroup\nann\tred\n", ["1: has tabs between its cells; save the table with commas"]),
        ('user,group\n"ann,red\n', ["2: is no CSV (unexpected end of data)"]),
        ("user,group\nann,a\x07b\n", ['2: group "a\\u0007b" is no name: up to 200 printable letters']),
    ],
)
def test_faults_of_people(people: str, faults: list[str], tmp_path: Path) -> None:
    """Each is told with its line, all of a table together."""
    file = tmp_path / "people.csv"
    with pytest.raises(ConfigError) as caught:
        tables(tmp_path, people)

    assert tuple(f"{file}:{fault.replace('{}', str(file))}" for fault in faults) == caught.value.faults


def test_faults_of_both_tables(tmp_path: Path) -> None:
    """Those of hosts, and those of files that can't be read, are told with those of people."""
    hosts = "host,pattern,origin,aliases\nh,p*,,\n,,,\nh,,strange,\n,p*,,x\nh2,,,\nh3,,,h2\n"
    bad = _file(tmp_path, "hosts.csv", hosts)
    (tmp_path / "people.csv").write_bytes(b"user\nann\n\xff\n")
    with pytest.raises(ConfigError) as caught:
        read_tables([str(tmp_path / "people.csv"), str(tmp_path / "none.csv")], [bad], "UTC")

    assert (
        f"{tmp_path}/people.csv:3: is not UTF-8; save the table in this encoding",
        f"{tmp_path}/none.csv: can't be read: No such file or directory",
        f"{bad}:2: needs either host or pattern",
        f'{bad}:4: origin is own or foreign, not "strange"',
        f"{bad}:5: aliases are other names of a host, which is empty",
        f'{bad}:7: host "h2" is also in {bad}:6 at that time; let valid_to of the earlier row end it',
    ) == caught.value.faults
    with pytest.raises(ConfigError, match="needs a column host, or pattern, or both"):
        read_tables([], [_file(tmp_path, "h.csv", "name,room\n")], "UTC")
