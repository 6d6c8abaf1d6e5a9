"""A log of module loads, from its lines to every place where they are shown."""

from __future__ import annotations

import csv
import io
import json
from functools import partial
from pathlib import Path
from shutil import copy

import pytest

from tests.e2e.command_line import Command, called, told
from tests.servers.influxd import Influxd

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "modules"
MORE = 'influxdb: [{{name: main, url: "{url}"}}]\ntiers: {{live: {{keep: forever}}, hourly: {{keep: forever}}}}\n'


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run commands in a folder with a log of loads that was collected."""
    for name in ("input.log", "config.yaml"):
        copy(GOLDEN / name, tmp_path)
    run = partial(called, tmp_path)
    told(run("collect"))
    return run


def rows(text: str) -> list[list[str]]:
    """Return the rows of CSV, the header too."""
    return list(csv.reader(io.StringIO(text)))


def test_usage_in_each_form(command: Command) -> None:
    """The table, CSV and JSON tell the same, most users first; a file of all modules adds those nobody loaded."""
    report = partial(command, "report", "modules", "usage", "--start", "2024-03-05", "--end", "2024-03-06")
    _, *found = rows(told(report("--format", "csv")))
    document = json.loads(told(report("--format", "json")))
    table = told(report())

    assert ["/apps/modules/gcc/13.2.0.lua", "3"] == found[0]
    assert found == [[row["module_path"], str(row["distinct_users"])] for row in document["rows"]]
    trust = document["trust"]
    assert (7, 7) == (len(found), document["entries"])
    assert (11, 2, 0) == (trust["lines"]["understood"], trust["lines"]["unparsed"], trust["gaps"])
    assert "Number of entries: 7" in table
    assert all(path in table for path, _ in found)


def test_columns_are_those_of_analyze_lmod_db(command: Command, tmp_path: Path) -> None:
    """Each command has its columns, and takes its patterns, more than once."""
    (tmp_path / "all").write_text("\ufeff/apps/modules/gcc/13.2.0.lua\n\ngcc/\n/apps/modules/old/1.lua\nR/4.3.2\n")
    report = partial(command, "report", "modules")
    some = ("--sql-pattern", "%/gcc/%", "--sql-pattern", "%/R/%", "--format", "csv")

    assert [
        ["Module path", "Syshost", "Distinct Users"],
        ["/apps/modules/gcc/13.2.0.lua", "larch, vista", "3"],
        ["/apps/modules/R/4.3.2.lua", "vista", "1"],
        ["/apps/modules/gcc/12.3.0.lua", "larch", "1"],
        ["/apps/modules/old/1.lua", "", "0"],
    ] == rows(told(report("counts", *some, "--all-modules", "all")))
    assert [
        ["Module path", "Syshost", "User Name"],
        ["/apps/modules/R/4.3.2.lua", "vista", "dogwood"],
        ["/apps/modules/gcc/13.2.0.lua", "vista", "dogwood"],
    ] == rows(told(report("usernames", *some, "--syshost", "v%", "--syshost", "nowhere")))
    assert [
        ["Module path", "Syshost", "User Name"],
        ["/apps/modules/gcc/13.2.0.lua", "larch", "Birch"],
        ["/apps/site modules/matlab/2023b site.lua", "larch", "cedar"],
    ] == rows(told(report("modules-used-by", "--sql-pattern", "birch", "--sql-pattern", "c%", "--format", "csv")))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--start", "2024-03-06", "--end", "2024-03-06"], "Nothing lies between --start 2024-03-06"),
        (["--start", "yesterday"], '"yesterday" is not an instant'),
        (["--all-modules", "nowhere"], "--all-modules nowhere can't be read: No such file or directory."),
    ],
)
def test_what_makes_no_sense_is_told(command: Command, words: list[str], said: str) -> None:
    """A wrong use ends with 2 and a sentence."""
    ran = command("report", "modules", "usage", *words)

    assert (2, "") == ran[:2]
    assert said in ran.err


def test_a_ledger_without_loads(command: Command, tmp_path: Path) -> None:
    """An empty table says that no log has told of modules."""
    told(command("reset", "--source", "modules", "--yes"))

    assert "No log has told of modules yet" in told(command("report", "modules", "usage"))


def test_status_tells_of_loads(command: Command) -> None:
    """How many there were, and which lines could not be read."""
    (stream,) = json.loads(told(command("status", "--format", "json")))["streams"]

    assert (12, 2) == (stream["uses"], len(stream["samples"]))
    assert "12 times at an instant" in told(command("status"))


@pytest.mark.parametrize("shape", ["csv", "jsonl", "parquet"])
def test_loads_are_exported(command: Command, tmp_path: Path, shape: str) -> None:
    """In every form that rows have, chosen by cluster and module."""
    told(command("export", "uses", "--format", shape, "--output", "out"))
    some = rows(told(command("export", "uses", "--server", "vista", "--feature", "gcc/13.2.0", "--from", "2024-03-05")))

    assert (tmp_path / "out").stat().st_size > 500
    assert [["vista", "lmod", "gcc/13.2.0", "dogwood"]] == [row[:4] for row in some[1:]]


def test_loads_under_pseudonyms(command: Command, tmp_path: Path) -> None:
    """Reports and exports show a user under one pseudonym, and nowhere by name."""
    with (tmp_path / "config.yaml").open("a") as file:
        file.write("people: {pseudonyms: true}\n")
    told(command("collect"))
    found = rows(told(command("report", "modules", "usernames", "--format", "csv")))[1:]
    exported = rows(told(command("export", "uses")))[1:]

    assert {user for *_, user in found} == {row[3] for row in exported}
    assert all(user.startswith("p-") for *_, user in found)
    assert found == sorted(found)


def test_loads_are_shipped(tmp_path: Path, influxd: Influxd) -> None:
    """To a real InfluxDB: the points of each tier hold the loads and the users of its windows."""
    copy(GOLDEN / "input.log", tmp_path)
    config = (GOLDEN / "config.yaml").read_text() + MORE.format(url=influxd.url)
    (tmp_path / "config.yaml").write_text(config)
    influxd.make(live="inf", hourly="inf", longterm="inf")
    told(called(tmp_path, "collect"))
    days = {
        (point.tags["server"], point.tags["module"]): (point.fields["loads"], point.fields["users"])
        for point in influxd.points("module_loads", "longterm")
    }

    assert (5, 2) == tuple(map(int, days["larch", "gcc/13.2.0"]))
    assert {"larch", "vista", "hpc"} == {server for server, _ in days}
    for tier in ("hourly", "longterm"):
        assert 12 == sum(int(point.fields["loads"]) for point in influxd.points("module_loads", tier))
    live = influxd.points("module_loads", "live")
    assert 11 == sum(int(point.fields["loads"]) for point in live), "the last minute is still open"
    assert {"golden"} == {point.tags["site"] for point in live}
