"""Licence and options files on a disk: found, read, read again when they change, and kept when they can't be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exporter.entitlement import Entitlement, FileFault, with_files
from exporter.licence_files import LicenceFiles
from exporter.reports.licences import Restricted
from exporter.rules import LicencePlace
from exporter.views import Licences
from tests.unit.pipeline.pipeline_fakes import NOON, FakeClock

LINE = "INCREMENT {} acornd 1 permanent {}\n"


class Disk:
    """A folder with files, of server srv."""

    def __init__(self, folder: Path) -> None:
        """Begin with a licence file a.lic of 5 seats of base."""
        self.folder, self.clock = folder, FakeClock()
        self.write("a.lic", "VENDOR acornd\n" + LINE.format("base", 5))

    def write(self, name: str, text: str, written: int = NOON - 100) -> str:
        """Write a file, as of *written*; return its path."""
        path = self.folder / name
        path.write_text(text)
        os.utime(path, (written, written))
        return str(path)

    def files(self, *names: str, options: tuple[str, ...] = ()) -> LicenceFiles:
        """Return what reads these files."""
        paths = tuple(str(self.folder / name) for name in names)
        place = LicencePlace("srv", "Europe/Madrid", paths, tuple(str(self.folder / name) for name in options))
        return LicenceFiles([place], self.clock)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """Give a folder with one licence file."""
    return Disk(tmp_path)


def one(files: LicenceFiles) -> Entitlement:
    """Return what the files of the one server grant."""
    (found,) = files.entitlements
    return found


def seats(files: LicenceFiles) -> dict[str, list[int]]:
    """Return the seats of each feature, row by row."""
    return {key[2]: [row.seats for row in rows] for key, rows in one(files).granted.rows.items()}


def test_a_look_tells_whether_anything_changed(disk: Disk) -> None:
    """The first look reads; a change is read at the second look that finds it so, since it may be under way."""
    files = disk.files("a.lic")
    assert files.look()
    assert not files.look()
    disk.write("a.lic", LINE.format("base", 9), NOON)
    assert not files.look()
    assert {"base": [5]} == seats(files)
    assert files.look()
    assert {"base": [9]} == seats(files)
    assert not files.look()


def test_a_file_that_grows_is_read_when_it_is_whole(disk: Disk) -> None:
    """A copy that is under way is another at each look, and nothing is taken from it."""
    files = disk.files("a.lic")
    files.look()
    for number in range(1, 4):
        disk.write("a.lic", LINE.format("base", 9)[: 8 * number], NOON + number)
        assert not files.look()
    assert {"base": [5]} == seats(files)


def test_a_file_that_can_not_be_read_is_as_it_was(disk: Disk) -> None:
    """Its fault is told, and what it granted stays; a file that never was read keeps the ledger as it is."""
    files = disk.files("a.lic")
    files.look()
    (disk.folder / "a.lic").unlink()
    assert files.look()
    assert ({"base": [5]}, True) == (seats(files), one(files).whole)
    assert [f"{disk.folder}/a.lic can't be read: No such file or directory"] == list(map(str, one(files).faults))
    fresh = disk.files("a.lic")
    fresh.look()
    assert not one(fresh).whole


@pytest.mark.parametrize("text", ["", "no licence\n", "\x00" * 100])
def test_a_file_without_any_licence_is_as_it_was(disk: Disk, text: str) -> None:
    """Cut to nothing or overwritten, it takes no seats away."""
    files = disk.files("a.lic")
    files.look()
    disk.write("a.lic", text, NOON)
    files.look()
    files.look()
    assert {"base": [5]} == seats(files)
    (fault,) = one(files).unread
    assert "has no line of a licence file that can be used" in fault.sentence


def test_a_pipe_is_no_licence_file(disk: Disk) -> None:
    """Nothing waits for a writer."""
    os.mkfifo(disk.folder / "pipe")
    files = disk.files("pipe")
    files.look()
    assert "is no file" in one(files).faults[0].sentence


def test_a_folder_stands_for_its_licence_files(disk: Disk) -> None:
    """In the order of their names; one that comes counts, one that goes doesn't."""
    disk.write("b.lic", LINE.format("base", 2))
    disk.write("notes.txt", "nothing")
    files = disk.files(".")
    files.look()
    assert {"base": [7]} == seats(files)
    (disk.folder / "a.lic").unlink()
    assert files.look()
    assert {"base": [2]} == seats(files)
    (disk.folder / "b.lic").unlink()
    files.look()
    assert not one(files).whole, "an empty folder takes nothing away"
    assert ["holds no file *.lic that this user may see: name the files"] == [it.sentence for it in one(files).unread]


def test_the_name_of_a_file_may_hold_any_bytes(disk: Disk) -> None:
    """It is told, and kept in the ledger, as text that anything takes."""
    (disk.folder / "a.lic").rename(disk.folder / os.fsdecode(b"\xff\n.lic"))
    files = disk.files(".")
    files.look()
    (row,) = one(files).granted.rows["srv", "acornd", "base"]
    assert f"{disk.folder}/\\xff\\x0a.lic:2" == row.origin
    assert all(path.isprintable() for path in one(files).granted.files)


def test_in_a_folder_files_of_other_licence_managers_do_no_harm(disk: Disk) -> None:
    """Their lines are told, and those of FlexNet count; of a file that was one of FlexNet that can't become so."""
    disk.write("rlm.lic", "HOST lic1 ANY 5053\nISV elm\nLICENSE elm saw 1.0 permanent 3 sig=00\n")
    files = disk.files(".")
    files.look()
    assert ({"base": [5]}, True) == (seats(files), one(files).whole)
    assert [1, 2, 3] == [fault.line for fault in one(files).faults]
    disk.write("a.lic", "nothing of the kind\n", NOON)
    files.look()
    files.look()
    assert {"base": [5]} == seats(files)


def test_the_days_are_those_of_the_server(disk: Disk) -> None:
    """A licence ends at midnight where the server stands: of Madrid in summer, at 22 h UTC."""
    disk.write("a.lic", "INCREMENT base acornd 1 30-jun-2024 5 START=1-jan-2024\n")
    files = disk.files("a.lic")
    files.look()
    (rows,) = one(files).granted.rows.values()
    assert [(1_704_063_600, 5), (1_719_784_800, 0)] == [(row.start, row.seats) for row in rows]
    assert {("srv", "acornd", "base"): [1_719_784_800]} == one(files).expiries
    assert f"{disk.folder}/a.lic:1" == rows[0].origin


def test_a_file_from_the_future_was_written_now(disk: Disk) -> None:
    """The clock of a file server may be off."""
    disk.write("a.lic", LINE.format("base", 5), NOON + 1000)
    files = disk.files("a.lic")
    files.look()
    assert [NOON] == [row.start for rows in one(files).granted.rows.values() for row in rows]


def test_options_files_are_found_by_the_licence_files(disk: Disk) -> None:
    """By the path in the VENDOR line, taken from the folder of the licence file, or by the daemon's name beside it."""
    disk.write("acornd.opt", "RESERVE 2 base USER ana\n")
    files = disk.files("a.lic")
    files.look()
    assert {("srv", "acornd", "base"): 2} == one(files).reserved
    (disk.folder / "opt").mkdir()
    disk.write("opt/acorn.options", "RESERVE 3 base USER ana\nRESERVE 1 base HOST ws\n")
    disk.write("b.lic", "VENDOR acornd options=opt/acorn.options\n" + LINE.format("base", 5))
    files = disk.files("b.lic")
    files.look()
    assert {("srv", "acornd", "base"): 4} == one(files).reserved


def test_an_options_file_that_lies_elsewhere_is_told(disk: Disk) -> None:
    """The licence file was copied from a server whose paths are not ours: only that is told."""
    disk.write("a.lic", "VENDOR acornd options=/none/a.opt\n" + LINE.format("base", 5))
    files = disk.files("a.lic")
    files.look()
    sentence = "names the options file /none/a.opt, which can't be read: No such file or directory"
    assert [FileFault(f"{disk.folder}/a.lic", 1, f"{sentence}; options_files may name a copy")] == one(files).faults
    assert one(files).whole


@pytest.mark.parametrize(
    ("name", "vendors"),
    [
        ("any.opt", ["acornd"]),
        ("brookd.opt", ["acornd", "brookd"]),
        ("special.opt", ["acornd", "brookd options=D:\\x\\special.opt"]),
    ],
)
def test_whose_a_configured_options_file_is(disk: Disk, name: str, vendors: list[str]) -> None:
    """The only daemon's, that of its name, or that of the line that names such a file."""
    text = "".join(
        f"VENDOR {vendor}\n" + LINE.format("base", 5).replace("acornd", vendor.split()[0]) for vendor in vendors
    )
    disk.write("a.lic", text)
    disk.write(name, "RESERVE 2 base USER ana\nNOLOG IN\n")
    files = disk.files("a.lic", options=(name,))
    files.look()
    owner = vendors[-1].split()[0]
    assert {("srv", owner, "base"): 2} == one(files).reserved
    assert {owner: {"IN": f"{disk.folder}/{name}:2"}} == one(files).status(NOON).silent


def test_an_options_file_of_nobody_is_told(disk: Disk) -> None:
    """Where it could be of several daemons, nothing of it counts."""
    disk.write("a.lic", LINE.format("base", 5) + LINE.format("x", 5).replace("acornd", "brookd"))
    disk.write("any.opt", "RESERVE 2 base USER ana\n")
    files = disk.files("a.lic", options=("any.opt",))
    files.look()
    assert {} == one(files).reserved
    assert ["is of a vendor daemon that can't be told (acornd, brookd): name it VENDOR.opt"] == [
        fault.sentence for fault in one(files).faults
    ]


def test_what_the_status_is_given(disk: Disk) -> None:
    """Pools, reserved seats, bounds and time-outs of each feature, by the options of its own daemon."""
    disk.write(
        "a.lic",
        "VENDOR acornd\nVENDOR brookd\nPACKAGE suite acornd COMPONENTS=base OPTIONS=SUITE\n"
        + "".join(LINE.format(name, 5) for name in ("base", "suite"))
        + LINE.format("base", 7).replace("acornd", "brookd"),
    )
    disk.write("acornd.opt", "TIMEOUTALL 60\nTIMEOUT base 90\nMAX 2 base USER ana\nRESERVE 1 gone HOST ws\n")
    files = disk.files("a.lic")
    files.look()
    status = one(files).status(NOON)
    assert ("srv", (f"{disk.folder}/a.lic", f"{disk.folder}/acornd.opt"), (), {}) == (
        status.server,
        status.files,
        status.problems,
        status.silent,
    )
    assert [
        ("acornd", "base", 5, False, 90),
        ("acornd", "gone", None, False, 60),
        ("acornd", "suite", 5, True, 60),
        ("brookd", "base", 7, False, None),
    ] == [
        (feature.vendor, feature.feature, feature.seats, feature.package, feature.timeout)
        for feature in status.features
    ]
    base, gone, _, _ = status.features
    assert (Restricted(2, "USER ana", f"{disk.folder}/acornd.opt:3"),) == base.most
    assert (Restricted(1, "HOST ws", f"{disk.folder}/acornd.opt:4"),) == gone.reserved


def test_what_the_endpoint_is_given(disk: Disk) -> None:
    """Seats as the ledger has them; expiries, reserved seats and packages of the files; the rest is configured."""
    disk.write("a.lic", "VENDOR acornd\nPACKAGE suite acornd COMPONENTS=base OPTIONS=SUITE\n" + LINE.format("suite", 5))
    disk.write("acornd.opt", "RESERVE 2 suite USER ana\n")
    files = disk.files("a.lic")
    files.look()
    suite, base = ("srv", "acornd", "suite"), ("srv", "acornd", "base")
    told = with_files(
        Licences(components=frozenset({(base, suite)}), most_features=7), files.entitlements, {base: [(0, 1)]}
    )
    assert ({base: [(0, 1)]}, {suite: [float("inf")]}, {suite: 2}, 7) == (
        told.issued,
        told.expiries,
        told.reserved,
        told.most_features,
    )
    assert {(base, suite), (suite, base)} == told.components
