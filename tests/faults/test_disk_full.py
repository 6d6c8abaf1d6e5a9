"""The ledger's disk is full: nothing is lost, nothing crashes, and room is all that it takes to go on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.harness.waiting import wait_until
from tests.faults.harness.world import World

MIB = 1 << 20


@pytest.fixture(params=["tmpfs", "ext4"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Give the folder of a small file system of its own; where it can't be mounted the test is skipped."""
    folder, image = tmp_path / "disk", tmp_path / "disk.img"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    if request.param == "tmpfs":
        command = ["mount", "-t", "tmpfs", "-o", "size=48m", "none", str(folder)]
    elif shutil.which("mkfs.ext4"):
        with image.open("wb") as file:
            file.truncate(64 * MIB)
        subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
        command = ["mount", "-o", "loop", str(image), str(folder)]
    else:
        pytest.skip("mkfs.ext4 is missing")
    mounted = subprocess.run(command, check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"mount is refused here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(disk: Path) -> Path:
    """Fill the disk to its last byte; return the file that does."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler


def _memory(pid: int) -> int:
    """Return the resident bytes of a process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


@pytest.mark.case("K6", "The disk of the ledger is full for a while.", mode="alive")
def test_it_waits_for_room(make_world: Callable[..., World], small_disk: Path) -> None:
    """While full, errors are counted, nothing moves and memory is flat; with room all is read without a restart."""
    world = make_world(ledger=small_disk / "ledger" / "seatwatch.db")
    seatwatch = world.seatwatch
    world.start()
    world.writer.do("write", lines=500)
    world.read_to(500)
    filler = _fill(small_disk)
    before = _memory(seatwatch.pid)
    for _ in range(3):
        errors = seatwatch.metric("seatwatch_ledger_errors_total")
        world.writer.do("write", lines=10_000)
        wait_until(
            lambda errors=errors: seatwatch.metric("seatwatch_ledger_errors_total") > errors,  # type: ignore[misc]  # bound
            lambda: f"{seatwatch.metrics()} {seatwatch.told}",
        )

        assert seatwatch.status is None, seatwatch.told
        assert 500 == seatwatch.metric("seatwatch_log_lines_total")
    assert "make room on its disk" in seatwatch.told
    assert 32 * MIB > _memory(seatwatch.pid) - before
    filler.unlink()
    world.read_all()

    assert "Commits go through again." in seatwatch.told
    world.see_each_line_once()
    world.see_as_never_killed()


@pytest.mark.case("K6", mode="down")
def test_killed_while_full(make_world: Callable[..., World], small_disk: Path) -> None:
    """Killed and started while the disk is full, it loses nothing: with room it starts and reads on where it stood."""
    world = make_world(ledger=small_disk / "ledger" / "seatwatch.db")
    seatwatch = world.seatwatch
    world.start()
    world.writer.do("write", lines=500)
    world.read_to(500)
    filler = _fill(small_disk)
    world.writer.do("write", lines=10_000)
    wait_until(lambda: seatwatch.metric("seatwatch_ledger_errors_total") > 0, lambda: seatwatch.told)
    seatwatch.kill()
    world.start()
    seatwatch.kill()
    filler.unlink()
    world.start()
    world.read_all()

    world.see_each_line_once()
