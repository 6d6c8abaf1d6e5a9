"""Thousands of quiet logs: few open files, and a poll that costs next to nothing."""

import os
import resource
from pathlib import Path

from exporter.tail.folders import Folders
from exporter.tail.opening import OpenFiles, most_open


def test_few_open_files(make_world):
    """With two open files for ten streams, every line is read once, over rotations too."""
    shared = OpenFiles(2)
    worlds = [make_world(open_files=shared) for _ in range(10)]
    before = len(list(Path("/proc/self/fd").iterdir()))
    for turn in range(4):
        for number, world in enumerate(worlds):
            world.write("a.log", b"line %d of %d\n" % (turn, number))
        for world in worlds:
            world.step()
            assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2
        for world in worlds[turn::3]:
            world.write("a.log", b"before rotation %d\n" % turn)
            world.path.rename(world.folder / f"a.log.{9 - turn}")
            world.write("a.log", b"after rotation %d\n" % turn)
    for world in [*worlds, *worlds]:  # several rotated files, of which each has to be seen at rest
        world.settle()

    for number, world in enumerate(worlds):
        written = [world.folder / f"a.log.{9 - turn}" for turn in range(4)]
        assert b"".join(path.read_bytes() for path in [*written, world.path] if path.exists()) == world.data
        assert world.gaps == []
        assert b"line 3 of %d\n" % number in world.data


def test_a_folder_on_a_server_whose_clock_is_ahead(world, monkeypatch):
    """It has settled a second after it was seen so first, though its mtime is still to come by our clock."""
    world.clock.seconds = world.folder.stat().st_ctime - 300
    folders, listed, real = Folders(world.clock), [], os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: listed.append(path) or real(path))
    for _ in range(2):
        folders.named(f"{world.folder}/", "a.log")
    assert 2 == len(listed)
    world.clock.seconds += 1.5
    for _ in range(3):
        folders.named(f"{world.folder}/", "a.log")
    assert 3 == len(listed)
    world.write("a.log", b"line\n")

    assert [f"{world.folder}/a.log"] == folders.named(f"{world.folder}/", "a.log")


def test_a_folder_that_has_just_changed_is_listed_again(world, monkeypatch):
    """A second change in the same tick of its time wouldn't show; of a folder at rest one listing serves all logs."""
    world.clock.seconds = world.folder.stat().st_ctime
    folders, listed, real = Folders(world.clock), [], os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: listed.append(path) or real(path))
    for base in ("a.log", "b.log"):
        folders.named(f"{world.folder}/", base)
    assert 2 == len(listed)
    world.clock.seconds += 1.5
    for base in ("a.log", "b.log", "c.log"):
        folders.named(f"{world.folder}/", base)

    assert 3 == len(listed)


def test_quiet_poll_is_one_stat(make_world, monkeypatch):
    """Polling a stream where nothing happened looks once at one path, and lists and opens nothing."""
    world = make_world()
    world.write("a.log", b"line\n")
    world.settle()
    seen = []
    real = os.stat
    monkeypatch.setattr(os, "stat", lambda path, **more: seen.append(path) or real(path, **more))
    for name in ("open", "listdir", "pread"):
        monkeypatch.delattr(os, name)

    assert world.follower.read(1000) is None
    assert [str(world.path)] == seen


def test_what_may_be_open_follows_the_limit_of_the_process(monkeypatch):
    """Half of the files that the process may open are for logs, and never more than are of use."""
    limits = {256: 128, 1 << 20: 1_000, resource.RLIM_INFINITY: 1_000}
    for limit, expected in limits.items():
        monkeypatch.setattr(resource, "getrlimit", lambda _, limit=limit: (limit, limit))

        assert most_open() == expected
