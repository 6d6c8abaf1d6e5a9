"""Compressed files as they are read: whole or not, bombs, steps back, kinds whose module may be missing."""

import bz2
import gzip
import importlib.util
import lzma
import time
import tracemalloc
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from exporter.tail import packed
from exporter.tail.lines import EVERYTHING, Cutter
from exporter.tail.opening import UnreadableKindError, is_whole, open_log

TEXT = b"".join(b"%06d a line of some length\n" % (n * n % 999_983) for n in range(40_000))
KINDS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.fixture
def opened(tmp_path):
    """Return a maker of open files from their bytes."""
    logs = []

    def make(data):
        path = tmp_path / str(len(logs))
        path.write_bytes(data)
        logs.append(open_log(str(path)))
        return logs[-1]

    yield make
    for log in logs:
        log.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.001, 0.3, 0.9, 0.9999])
def test_half_written(opened, kind, share):
    """A compressed file is not whole at any length but its own (Z3), nor where a bit is wrong."""
    data = KINDS[kind](TEXT)

    assert is_whole(opened(data))
    assert not is_whole(opened(data[: int(len(data) * share) or 1]))
    assert not is_whole(opened(data[:-1]))
    broken = bytearray(data)
    broken[len(data) // 2] ^= 1
    assert not is_whole(opened(bytes(broken)))


def test_plain_files_are_whole(opened):
    """Plain files are whole, empty ones too; a first byte that may become a compressed file is not."""
    assert is_whole(opened(TEXT))
    assert is_whole(opened(b""))
    assert not is_whole(opened(b"\x1f"))


def test_several_members_and_what_follows_them(opened):
    """Members are one file, and what follows the last one does no harm (Z5)."""
    for name, pack in KINDS.items():
        tail = b"" if name == "xz" else b"garbage"
        log = opened(pack(TEXT) + pack(b"more\n") + tail)

        assert is_whole(log)
        assert TEXT + b"more\n" == log.read_at(0, len(TEXT) + 99)


def test_whole_and_then_read(opened):
    """A file that was read through can be read from its beginning."""
    log = opened(gzip.compress(TEXT))
    assert is_whole(log)

    assert TEXT[:5000] == log.read_at(0, 5000)


LOG = gzip.compress(TEXT)


@given(st.lists(st.tuples(st.integers(0, len(TEXT) + 10), st.integers(0, 700_000)), max_size=8))
def test_reading_anywhere(tmp_path_factory, places):
    """Any place can be read in any order."""
    path = tmp_path_factory.mktemp("packed") / "a.gz"
    path.write_bytes(LOG)
    log = open_log(str(path))
    for offset, size in places:
        assert TEXT[offset : offset + size] == log.read_at(offset, size)
    log.close()


def test_block_after_block_is_unpacked_once(opened, monkeypatch):
    """Reading block after block, each from the last line end on, begins the file once."""
    begun = []
    begin = packed.PackedLog._begin
    monkeypatch.setattr(packed.PackedLog, "_begin", lambda self: begun.append(1) or begin(self))
    log, cutter, data = opened(LOG), Cutter(0), b""
    while piece := cutter.next(log, 1 << 17, final=False, settled=EVERYTHING):
        data += piece.data
        log.read_at(0, 1024)
        log.read_at(max(0, len(data) - 300_000), 1024)

    assert data == TEXT
    assert len(begun) == 1


@pytest.mark.parametrize("byte", [b"\0", b"x"])
def test_bomb(opened, byte):
    """A gigabyte of one byte in a megabyte is passed over in seconds and in little memory (Z6)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = byte * (1 << 20)
    log = opened(b"".join(packer.compress(block) for _ in range(256)) + packer.compress(b"\nlast\n") + packer.flush())
    cutter, data = Cutter(0), b""
    tracemalloc.start()
    began = time.perf_counter()
    while piece := cutter.next(log, 1 << 17, final=False, settled=EVERYTHING):
        data += piece.data
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert data.strip() == b"last"
    assert peak < 8 << 20
    assert time.perf_counter() - began < 15


ZST = b"\x28\xb5\x2f\xfd"


def test_zstandard_without_its_module(opened, monkeypatch):
    """The reason is the same for all files; the sentence names the file and what helps."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UnreadableKindError) as refused:
        opened(ZST + b"whatever")

    assert (
        str(refused.value)
        == "compressed with Zstandard, and the module zstandard is missing: unpack the file in its place"
    )
    assert refused.value.sentence.endswith(
        "/0 can't be read: it is compressed with Zstandard, and the Python module zstandard is missing. "
        "Install zstandard, or unpack the file in its place."
    )


def test_zstandard(opened):
    """Frames are one file, what follows them is ignored; an early end and damage are told, after what came before."""
    frame, more = zstandard.ZstdCompressor().compress(TEXT), zstandard.ZstdCompressor().compress(b"more\n")
    twice = opened(frame + more + b"garbage")
    assert is_whole(twice)
    assert TEXT + b"more\n" == twice.read_at(0, len(TEXT) + 99)

    torn = opened(frame + more[:-1])
    assert not is_whole(torn)
    assert TEXT == torn.read_at(0, len(TEXT) + 99)[: len(TEXT)]
    assert torn.damage == "damaged Zstandard file"

    damaged = opened(frame + more[:5] + b"\xff" * 20)
    assert TEXT == damaged.read_at(0, len(TEXT) + 99)[: len(TEXT)]
    assert damaged.damage == "damaged Zstandard file"
