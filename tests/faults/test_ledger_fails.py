"""The ledger can't be written for a while: nothing of a commit is kept, it is tried again, and nothing is lost."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.harness.scene import Scene
from tests.faults.harness.waiting import wait_until
from tests.faults.harness.world import World

MakeScene = Callable[..., Scene]


def _failing(point: str) -> Callable[[], None]:
    """Return what makes a process of Seatwatch fail at *point*, ``name:errno:n``."""

    def arm() -> None:
        os.environ["TAIL_FP_ERR"] = point

    return arm


@pytest.mark.case(
    "K7", "The disk is full between rows and offset, and when the log is synced.", how="failpoint", only="alive"
)
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("point", ["txn-begin", "mid-upserts", "before-offset-update", "before-commit"])
def test_a_commit_fails_at_one_place(make_scene: MakeScene, point: str, error: str) -> None:
    """The transaction is taken back as a whole, the error is told, and the next try keeps it all."""
    scene = make_scene(
        before=[_failing(f"{point}:{error}:{7 if point in ('txn-begin', 'before-commit') else 3}")], started=False
    )
    scene.start()
    before = None
    for _ in range(6):
        scene.pen.write(100)
        scene.poll()
        if any("Nothing can be committed" in line for line in scene.told):
            before = before or scene.found()
    assert before, "it never failed"
    assert 0 == before.counted % 100
    assert len(before.lines) == max(0, before.counted - 1)
    assert any("Commits go through again" in line for line in scene.told)
    scene.before = ()

    scene.see()


def test_logs_found_while_the_ledger_fails_are_not_forgotten(make_scene: MakeScene) -> None:
    """When the ledger fails at the first sight of two logs, both are read once it works again."""
    scene = make_scene(
        server="{server}", paths=["logs/{server}.log"], before=[_failing("txn-begin:ENOSPC:1")], started=False
    )
    scene.pen.write(100)
    scene.another_pen("other.log").write(100)
    scene.start()
    scene.poll()
    assert any("Nothing can be committed" in line for line in scene.told)
    scene.before = ()

    scene.see(again=False)


@pytest.fixture
def own_disk(tmp_path: Path) -> Iterator[Path]:
    """Give the folder of an ext4 of its own; only root can mount one."""
    folder, image = tmp_path / "disk", tmp_path / "disk.img"
    folder.mkdir()
    if os.geteuid() != 0 or not shutil.which("mkfs.ext4"):
        pytest.skip("only root can mount a disk, and with mkfs.ext4")
    with image.open("wb") as file:
        file.truncate(64 << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    mounted = subprocess.run(["mount", "-o", "loop", image, folder], check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"mount is refused here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


_SHUTDOWN = 0x8004587D
"""The ioctl EXT4_IOC_SHUTDOWN: from now on every write and every fsync on this file system fails with EIO."""


def _fail_for_good(disk: Path) -> None:
    fd = os.open(disk, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, _SHUTDOWN, struct.pack("I", 2))
    except OSError as error:
        pytest.skip(f"this kernel lets no disk fail: {error}")
    finally:
        os.close(fd)


def _mount_again(disk: Path) -> None:
    """Put in the place of a failed disk another one with the same blocks."""
    image, copy = disk.with_suffix(".img"), disk.with_suffix(".copy")
    subprocess.run(["umount", "--lazy", str(disk)], check=True)
    shutil.copy(image, copy)
    subprocess.run(["mount", "-o", "loop", copy, disk], check=True)


@pytest.mark.case("K8", "The ledger's disk fails at fsync, or is mounted read-only.", mode="alive")
def test_the_disk_fails_and_comes_back(make_world: Callable[..., World], own_disk: Path) -> None:
    """While every write fails errors are counted; on a disk that works it goes on without a restart."""
    world = make_world(ledger=own_disk / "ledger" / "seatwatch.db")
    seatwatch = world.seatwatch
    world.start()
    world.writer.do("write", lines=500)
    world.read_to(500)
    _fail_for_good(own_disk)
    world.writer.do("write", lines=500)
    wait_until(
        lambda: seatwatch.metric("seatwatch_ledger_errors_total") > 1, lambda: f"{seatwatch.status} {seatwatch.told}"
    )
    _mount_again(own_disk)
    world.read_to(1_000)

    world.see_each_line_once()
    world.see_as_never_killed()


@pytest.mark.case("K8", mode="down")
def test_the_disk_may_only_be_read(make_world: Callable[..., World], own_disk: Path) -> None:
    """On a disk that is mounted read-only it refuses to start and names the folder; mounted right it reads on."""
    world = make_world(ledger=own_disk / "ledger" / "seatwatch.db")
    world.start()
    world.writer.do("write", lines=500)
    world.read_to(500)
    world.seatwatch.kill()
    subprocess.run(["mount", "-o", "remount,ro", str(own_disk)], check=True)
    world.writer.do("write", lines=500)
    world.start()
    wait_until(lambda: world.seatwatch.status is not None, lambda: world.seatwatch.told)
    subprocess.run(["mount", "-o", "remount,rw", str(own_disk)], check=True)

    assert 1 == world.seatwatch.status
    assert f"{world.ledger.parent} lies on a file system that is mounted read-only" in world.seatwatch.told
    world.start()
    world.read_to(1_000)
    world.see_each_line_once()
