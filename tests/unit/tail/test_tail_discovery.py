"""From path patterns to streams."""

import os
from pathlib import Path

import pytest

from exporter.tail import discovery
from exporter.tail.discovery import Discovery
from exporter.tail.rotation import order, split


def names(folder, *patterns):
    """Return {stream: (fields, files)} relative to the folder, and the problems."""
    looking = Discovery([str(folder / pattern) for pattern in patterns])
    cut = len(str(folder)) + 1
    found = {each.name[cut:]: (each.fields, [path[cut:] for path in each.files]) for each in looking.streams()}
    return found, [problem.replace(str(folder), "") for problem in looking.problems]


def make(folder, *paths):
    """Make files, each with a content of its own."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("a.log", "a.log"),
        ("a.log.1", "a.log"),
        ("a.log.12.gz", "a.log"),
        ("a.log.old", "a.log"),
        ("a.log-20261121", "a.log"),
        ("a.log-20261121.xz", "a.log"),
        ("a.log-20261121-1763737200.zst", "a.log"),
        ("a.log.2026-11-21", "a.log"),
        ("a.log.2026-11-21-1763737200", "a.log"),
        ("a.2026-11-21.log.bz2", "a.log"),
        ("a-20261121.log", "a.log"),
        ("a.log-20261341", "a.log-20261341"),
        ("a-1.log", "a-1.log"),
        (".1", ".1"),
        (".gz", ".gz"),
        ("/x.1/a.log", "/x.1/a.log"),
        ("/x/a\n.log.1", "/x/a\n.log"),
    ],
)
def test_rotation_mark(name, base):
    """A name without its rotation mark is the stream's name."""
    assert base == split(name)[0]


def test_order_of_marks():
    """Higher numbers are older, earlier dates are older, `.old` is older than plain, equal marks go by mtime."""

    def ordered(*files):
        return [files[index] for index in order([(split(name)[1], mtime) for name, mtime in files])]

    assert ordered(("a", 0), ("a.1", 1), ("a.10", 2), ("a.2.gz", 3)) == [
        ("a.10", 2),
        ("a.2.gz", 3),
        ("a.1", 1),
        ("a", 0),
    ]
    assert ordered(("a", 0), ("a-20260102-1767312001", 1), ("a-20260102-1767312000", 2), ("a.2026-01-01", 3)) == [
        ("a.2026-01-01", 3),
        ("a-20260102-1767312000", 2),
        ("a-20260102-1767312001", 1),
        ("a", 0),
    ]
    assert ordered(("a", 0), ("a.old", 5)) == [("a.old", 5), ("a", 0)]
    assert ordered(("a.1", 2), ("a.1.gz", 1)) == [("a.1.gz", 1), ("a.1", 2)]


def test_plain_path_finds_its_rotated_files(tmp_path):
    """A path without special characters leads to one stream with all its generations."""
    make(tmp_path, "a.log", "a.log.1", "a.log-20260101.gz", "a.log.bak", "b.log", "a.log~")

    assert names(tmp_path, "a.log") == ({"a.log": ({}, ["a.log", "a.log-20260101.gz", "a.log.1"])}, [])


def test_glob_finds_each_stream_once(tmp_path):
    """Globs lead to streams, each once, however many patterns and rotated files match."""
    make(tmp_path, "a.log", "a.log.1", "b.log.2.gz", ".hidden.log", "c.log.tmp", "d.log.swp", "e.log.part", "f.log~")
    (tmp_path / "folder.log").mkdir()

    found, problems = names(tmp_path, "*.log", "a.log*", "?.log")

    assert {"a.log": ({}, ["a.log", "a.log.1"]), "b.log": ({}, ["b.log.2.gz"])} == found
    assert problems == []
    assert ".hidden.log" in names(tmp_path, ".*.log")[0]
    assert "c.log.tmp" in names(tmp_path, "*.tmp")[0]


def test_named_parts(tmp_path):
    """Named parts match within one component; the same part twice has to have one value."""
    make(
        tmp_path,
        "s1/wtmp",
        "s1/wtmp.1",
        "s2/wtmp",
        "logs/m1/tx_c.one.log",
        "logs/m1/tx_c.one.log.3",
        "eq/x/x.log",
        "eq/x/y.log",
    )

    assert {"s1/wtmp": {"server": "s1"}, "s2/wtmp": {"server": "s2"}} == {
        name: fields for name, (fields, _) in names(tmp_path, "{server}/wtmp*")[0].items()
    }
    assert {
        "logs/m1/tx_c.one.log": (
            {"machine": "m1", "client": "c.one"},
            ["logs/m1/tx_c.one.log", "logs/m1/tx_c.one.log.3"],
        )
    } == (names(tmp_path, "logs/{machine}/tx_{client}.log*")[0])
    assert ["eq/x/x.log"] == list(names(tmp_path, "eq/{a}/{a}.log")[0])
    assert [".log"] == [name[-4:] for name in names(tmp_path, "eq/[!y]/[xz].log")[0]]


def test_problems(tmp_path):
    """A path that isn't there and a glob without a match are said, each with its pattern."""
    make(tmp_path, "a.log")

    assert names(tmp_path, "a.log", "b.log", "no/such/*.log", "z*") == (
        {"a.log": ({}, ["a.log"])},
        ["/b.log does not exist", "no file matches /no/such/*.log", "no file matches /z*"],
    )


def test_one_file_by_two_names(tmp_path):
    """A hard link, and a link beside the file it leads to, are one stream; the real name is kept."""
    make(tmp_path, "real.log", "b.log")
    (tmp_path / "current.log").symlink_to("real.log")
    os.link(tmp_path / "b.log", tmp_path / "c.log")

    assert ["b.log", "real.log"] == list(names(tmp_path, "*.log")[0])


def test_a_file_made_in_the_tick_of_a_listing(tmp_path, monkeypatch):
    """A folder that changed in the same tick as it was listed looks unchanged: it is listed once more all the same."""
    monkeypatch.setattr(discovery, "_change", lambda _: (1, 2, 3, 4))
    looking = Discovery([str(tmp_path / "*.log")])
    assert [] == looking.streams()
    (tmp_path / "a.log").write_bytes(b"")

    assert ["a.log"] == [Path(found.name).name for found in looking.streams()]


def test_folders_that_did_not_change_are_not_listed(tmp_path, monkeypatch):
    """From the third look on a quiet folder costs one stat, and a new file in it is found all the same."""
    (tmp_path / "a.log").write_bytes(b"")
    looking = Discovery([str(tmp_path / "*.log")])
    looking.streams()
    looking.streams()
    listings = []
    monkeypatch.setattr(discovery.os, "listdir", lambda folder: listings.append(folder) or ["a.log", "b.log"])

    quiet = looking.streams()
    assert quiet is looking.streams()
    assert [] == listings

    (tmp_path / "b.log").write_bytes(b"")
    assert ["a.log", "b.log"] == [Path(found.name).name for found in looking.streams()]
