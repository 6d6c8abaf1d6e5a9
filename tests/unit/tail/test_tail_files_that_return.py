"""Files that are gone and come back, lie elsewhere, or whose names mislead."""

import errno
import gzip
import os
import shutil
import tracemalloc

import pytest

A = b"".join(b"%03d of the first\n" % n for n in range(60))
B = b"".join(b"%03d of the second\n" % n for n in range(60))
C = b"".join(b"%03d of the third\n" % n for n in range(60))
MORE = b"and more of it\n" * 10


def test_a_file_comes_back_grown(world, tmp_path_factory):
    """A log that was gone for days and comes back longer is read on; the loss that was told is taken back."""
    world.write("a.log", A)
    world.settle()
    aside = tmp_path_factory.mktemp("aside") / "a.log"
    shutil.move(world.path, aside)
    world.restart()
    world.settle()
    assert [False] == [gap.withdrawn for gap in world.gaps]
    world.clock.seconds += 3 * 86_400
    shutil.copy2(aside, world.path)
    world.write("a.log", MORE)

    assert MORE == world.settle()
    assert [False, True] == [gap.withdrawn for gap in world.gaps]
    assert world.gaps[0][:2] == world.gaps[1][:2]
    world.write("a.log", b"on\n")
    assert b"on\n" == world.settle()


def test_an_empty_mount_point(world):
    """While the folder is another file system's and empty, nothing is taken for lost; then it is read on."""
    world.write("a.log", A)
    world.settle()
    generation = world.known[1]
    world.known[1] = type(generation)(**{name: getattr(generation, name) for name in generation.__slots__})
    world.known[1].device += 1
    aside = world.folder.parent / "aside.log"
    shutil.move(world.path, aside)
    world.restart()
    assert b"" == world.settle()
    assert "mount that" in (world.follower.problem or "")
    shutil.move(aside, world.path)
    world.write("a.log", MORE)

    assert MORE == world.settle()
    assert world.gaps == []
    assert world.follower.problem is None


def _move(log, archive):
    log.rename(archive / "a.log-20261120")


def _copy_and_delete(log, archive):
    shutil.copy2(log, archive / "a.log.1")
    log.unlink()


@pytest.mark.parametrize("put_away", [_move, _copy_and_delete])
@pytest.mark.parametrize("down", [False, True])
def test_rotated_into_an_archive(make_world, tmp_path, put_away, down):
    """A log that is moved or copied into a folder of archives is known there, and read to its end."""
    archive = tmp_path / "old"
    world = make_world(archive=(str(archive),))
    world.write("a.log", A)
    world.settle()
    world.write("a.log", MORE)
    if down:
        world.follower.close()
    archive.mkdir()
    put_away(world.path, archive)
    world.write("a.log", B)
    if down:
        world.restart()

    assert MORE + B == world.settle()
    assert world.gaps == []
    world.restart()
    assert b"" == world.settle()


def test_an_empty_log_is_copied_and_truncated_while_down(world):
    """Lines that came to an empty log and lie in its copy only are read before those that it holds now."""
    world.write("a.log", b"")
    world.settle()
    world.follower.close()
    world.write("a.log", A)
    shutil.copy2(world.path, world.folder / "a.log.1")
    world.clock.seconds += 60
    world.replace("a.log", B)
    world.restart()

    assert A + B == world.settle()
    assert world.gaps == []


def test_the_content_decides_the_order(make_world):
    """Where the date in a name disagrees with the first dated line, the content wins, and that is said once."""
    world = make_world(first_date=lambda head: {b"1": 90_000, b"2": 180_000}[head[:1]])
    world.write("a.log-20260301", b"1 second\n", ago=500)
    world.write("a.log-20260201", b"2 third \n", ago=900)

    assert b"1 second\n2 third \n" == world.settle()
    assert [True] == ["a.log-20260201" in said or "a.log-20260301" in said for said in world.follower.notes()[:1]]
    assert [] == world.follower.notes()


def test_an_order_that_nothing_tells(world):
    """Rotated files with marks of two kinds, equal mtimes and no dates are not read in any order: that is a problem."""
    world.write("a.log.1", A, ago=500)
    world.write("a.log.old", B, ago=500)
    world.write("a.log", C)

    assert b"" == world.settle()
    assert "nothing tells whether it is older" in (world.follower.problem or "")
    world.touch(world.folder / "a.log.old", 900)
    assert B + A + C == world.settle()


def test_a_folder_that_refuses_is_not_an_empty_one(world, monkeypatch):
    """While the folder can't be looked at nothing is taken for deleted."""
    world.write("a.log", A)
    world.settle()
    world.restart()
    real = os.stat

    def refuse(path, *rest, **more):
        if os.fspath(path).startswith(str(world.folder)):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", refuse)
        assert b"" == world.settle()
    world.write("a.log", MORE)
    assert MORE == world.settle()
    assert world.gaps == []


def test_a_file_comes_back_grown_when_the_next_one_is_read(world, tmp_path_factory):
    """Lines of a log that was told as lost are read when it comes back, though its successor was begun."""
    world.write("a.log", A)
    world.settle()
    world.write("a.log", MORE)
    world.follower.close()
    aside = tmp_path_factory.mktemp("aside") / "a.log"
    shutil.move(world.path, aside)
    world.write("a.log", B)
    world.restart()
    assert B == world.settle()
    shutil.copy2(aside, world.folder / "a.log.1")
    world.follower.offer(["others"])

    assert MORE == world.settle()
    assert [False, True] == [gap.withdrawn for gap in world.gaps]
    world.restart()
    assert b"" == world.settle()


def test_a_backup_of_a_log_that_lost_its_beginning(world):
    """What was read from the shortened log is not read again from a backup that has it too."""
    world.write("a.log", A + B + C)
    world.settle()
    world.write("a.log", MORE)
    backup = world.path.read_bytes()
    world.replace("a.log", backup[len(A) :])
    assert MORE == world.settle()
    world.write("a.log.1", backup)
    world.follower.offer(["others"])

    assert b"" == world.settle()


@pytest.mark.parametrize("name", ["a.log-20260101", "a.log.old", "a.log.1"])
@pytest.mark.parametrize("down", [False, True])
def test_a_packed_log_is_unpacked_under_another_name(world, name, down):
    """The unpacked copy is longer than the packed file, and not read again."""
    world.write("a.log", A)
    world.settle()
    (world.folder / "a.log.2.gz").write_bytes(gzip.compress(A))
    world.path.unlink()
    world.touch(world.folder / "a.log.2.gz", 500)
    world.follower.offer(["packed"])
    world.settle()
    world.write(name, A)
    world.follower.offer(["unpacked"])
    if down:
        world.restart()

    assert b"" == world.settle()
    world.write("a.log", B)
    assert B == world.settle()
    assert world.gaps == []


def test_a_mirror_makes_all_files_anew(world):
    """What is remembered of files doesn't grow with the number of times that they are other ones, and the same."""
    for number in range(30):
        world.write(f"a.log.{99 - number}", b"%d " % number + A)
    world.write("a.log", B)
    world.settle()
    tracemalloc.start()
    grown = []
    for sync in range(40):
        for path in list(world.folder.iterdir()):
            shutil.copy2(path, world.folder / "new")
            world.touch((world.folder / "new").replace(path), -sync)
        world.follower.offer([f"{sync}"])
        world.settle()
        held = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/exporter/tail/*")])
        grown.append(sum(statistic.size for statistic in held.statistics("filename")))
    tracemalloc.stop()

    assert world.gaps == []
    assert grown[-1] - grown[4] < 300_000
