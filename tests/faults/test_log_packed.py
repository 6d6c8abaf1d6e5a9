"""Rotated logs are compressed: at once or later, with gzip or in other ways, or under a name that lies."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import sys
from collections.abc import Callable

import pytest
import zstandard

from exporter.ledger.reader import LedgerReader
from tests.faults.harness.life import obey_permissions
from tests.faults.harness.rotating import pack
from tests.faults.harness.scene import Scene


@pytest.mark.case("Z1", "The log is rotated and gzipped at once, with lines unread.", only="down")
@pytest.mark.parametrize("unread", [0, 500])
def test_the_place_of_reading_lies_in_a_packed_file(scene: Scene, unread: int) -> None:
    """It is known by its content, and the rest of it is read once."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(unread)
        scene.pen.rename(pack=True)
        scene.pen.write(100)

    scene.see()


@pytest.mark.case("Z1", only="down")
def test_several_packed_generations(scene: Scene) -> None:
    """Generations that were rotated and packed since are read in their order."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        for _ in range(4):
            scene.pen.write(100)
            scene.pen.rename(pack=True)
        scene.pen.write(100)

    scene.see()


@pytest.mark.case("Z2", "The same while Seatwatch has the file open, which gzip deletes.", only="alive")
@pytest.mark.parametrize("unread", [0, 500])
def test_packed_while_it_is_read(scene: Scene, unread: int) -> None:
    """It is read to its end, and the packed file is known as read."""
    scene.pen.write(300)
    scene.poll()
    for _ in range(3):
        scene.pen.write(unread)
        scene.pen.rename(pack=True)
        scene.pen.write(100)
        scene.poll()

    scene.see()


@pytest.mark.case("Z2", only="alive")
def test_packed_after_it_was_read(scene: Scene) -> None:
    """A rotated file that is packed days later is known as read, also by a Seatwatch started after that."""
    scene.pen.write(300)
    scene.pen.rename()
    scene.pen.write(100)
    scene.settle()
    scene.advance(200_000)
    pack(scene.logs / "debug.log.1")
    scene.pen.write(50)

    scene.see()


_PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "members": (".gz", lambda data: gzip.compress(data[:5_000]) + gzip.compress(data[5_000:])),
    "members-and-zeros": (".gz", lambda data: gzip.compress(data[:77]) + gzip.compress(data[77:]) + bytes(512)),
    "garbage-behind": (".gz", lambda data: gzip.compress(data) + b"no member at all"),
    "xz": (".xz", lzma.compress),
    "xz-streams": (".xz", lambda data: lzma.compress(data[:5_000]) + lzma.compress(data[5_000:])),
    "bzip2": (".bz2", bz2.compress),
    "bzip2-streams": (".bz2", lambda data: bz2.compress(data[:5_000]) + bz2.compress(data[5_000:])),
}


@pytest.mark.case("Z5", "A gzip file of several members, or with garbage behind it; .xz, .bz2 and .zst files.")
@pytest.mark.parametrize(("suffix", "pack"), _PACKERS.values(), ids=_PACKERS)
def test_packed_in_other_ways(scene: Scene, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    """What is in it is read as one file, once."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(100)
        scene.pen.rename()
        rotated = scene.logs / "debug.log.1"
        scene.pen.put(f"debug.log.1{suffix}", pack(rotated.read_bytes()))
        rotated.unlink()
        scene.pen.write(100)
        scene.poll()

    scene.see()


@pytest.mark.case("Z5")
def test_packed_with_zstandard(scene: Scene) -> None:
    """With its module, a .zst file of two frames is read as one file."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(100)
        content = scene.pen.take_away()
        pack = zstandard.ZstdCompressor().compress
        scene.pen.put("debug.log.1.zst", pack(content[:5_000]) + pack(content[5_000:]))
        scene.pen.write(100)
        scene.poll()

    scene.see()


def _without_zstandard() -> None:
    sys.modules["zstandard"] = None  # type: ignore[assignment]  # how Python marks what can't be imported


@pytest.mark.case("Z5")
def test_packed_in_a_way_that_cannot_be_read(make_scene: Callable[..., Scene]) -> None:
    """Without the module the file is one gap whose row names it, and the next log is read."""
    scene = make_scene(before=[_without_zstandard])
    scene.pen.write(300)
    scene.settle()
    scene.kill()
    scene.pen.rename()
    scene.pen.write(100)
    lost = [*scene.pen.lines[300:]]
    scene.pen.take_away()
    path = scene.pen.put("debug.log.1.zst", b"\x28\xb5\x2f\xfd" + bytes(100))
    (scene.logs / "debug.log.1").rename(scene.logs / "debug.log.2")
    scene.pen.write(100)
    scene.start()

    found = scene.see(lost=lost, gaps=[(0, None)])
    assert "zstandard is missing" in str(found.gaps[0][2])
    assert [str(path)] == _files_of_gaps(scene)


def _files_of_gaps(scene: Scene) -> list[str]:
    reader = LedgerReader(scene.ledger)
    try:
        rows = list(reader.ask("SELECT g.path FROM gap JOIN generation AS g ON g.id = gap.generation ORDER BY gap.id"))
    finally:
        reader.close()
    return [os.fsdecode(path) for (path,) in rows]


@pytest.mark.case("Z7", "A file called .gz is plain; a file with a plain name is packed.")
@pytest.mark.parametrize("unread", [0, 500])
def test_plain_but_called_packed(scene: Scene, unread: int) -> None:
    """What it holds decides, not its name."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(unread)
        scene.pen.rename("debug.log.1.gz")
        scene.pen.write(100)
        scene.poll()

    scene.see()


@pytest.mark.case("Z7")
@pytest.mark.parametrize("unread", [0, 500])
def test_packed_but_called_plain(scene: Scene, unread: int) -> None:
    """The same the other way round."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(unread)
        scene.pen.rename()
        pack(scene.logs / "debug.log.1").rename(scene.logs / "debug.log.1")
        scene.pen.write(100)
        scene.poll()

    scene.see()


@pytest.mark.case("F5", only="alive")
@pytest.mark.parametrize("then", ["may-be-read", "deleted"])
def test_a_packed_log_may_not_be_read(make_scene: Callable[..., Scene], then: str) -> None:
    """A log that was read, and is packed into a file that may not be read, is neither read again nor told as lost."""
    scene = make_scene(before=[obey_permissions])
    scene.pen.write(300)
    scene.pen.truncate()
    scene.settle()
    packed = pack(scene.logs / "debug.log.1")
    packed.chmod(0)
    scene.poll()
    if then == "deleted":
        scene.poll(3)
        packed.unlink()
    else:
        packed.chmod(0o644)
    scene.pen.write(10)

    scene.see()
