"""Cutting lines: the size of the reads changes nothing; NULs and over-long lines are passed over."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.tail.lines import LINE_LIMIT, Cutter

SIZES = (17, 4096, 65_536, 1 << 20)


class Memory:
    """Bytes in memory, as a file."""

    def __init__(self, data):
        """Hold *data*."""
        self.data = data

    def read_at(self, offset, size):
        """Read."""
        return self.data[offset : offset + size]

    def next_data(self, offset):
        """Know of no holes."""
        return offset


def cut(data, size, *, final=False):
    """Return (offset, line) of all lines, the over-long ones counted, and where cutting ended."""
    cutter, lines, oversize = Cutter(0), [], 0
    source = Memory(data)
    while True:
        at = cutter.offset
        piece = cutter.next(source, size, final=final)
        if piece is None:
            return lines, oversize, cutter.offset
        assert piece.end > at
        oversize += piece.oversize
        for line in piece.data.splitlines(keepends=True) if b"\r" not in piece.data else _split(piece.data):
            lines.append((at, line))
            at += len(line)


def _split(data):
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


PARTS = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"\n", b"\0", b"\0\0\0\n", b"line\n", b"cr\r\n", b"lone\rcr\n", b"\x85\x0b\n"]),
    st.tuples(st.sampled_from([1, 4095, 4096, LINE_LIMIT - 1, LINE_LIMIT, LINE_LIMIT + 1, 200_000])).map(
        lambda n: b"x" * n[0]
    ),
    st.sampled_from([5, 5000, 70_000]).map(lambda n: b"\0" * n),
)


@given(st.lists(PARTS, max_size=12), st.booleans())
def test_read_size_changes_nothing(parts, final):
    """Lines, their offsets, the count of over-long ones and the end are the same for every read size."""
    data = b"".join(parts)
    results = [cut(data, size, final=final) for size in SIZES]

    assert [results[0]] * len(SIZES) == results
    assert all(data[at : at + len(line)] == line for at, line in results[0][0])
    if final:
        assert results[0][2] == len(data)


@pytest.mark.parametrize("size", SIZES)
def test_line_ends(size):
    """Only LF ends a line: not CR, VT, FF, NEL or LINE SEPARATOR."""
    data = b"one\r\ntwo\rstill two\n\x0b\x0c\x1c\x85\xe2\x80\xa8\n\n"

    assert (
        [(0, b"one\r\n"), (5, b"two\rstill two\n"), (19, b"\x0b\x0c\x1c\x85\xe2\x80\xa8\n"), (27, b"\n")],
        0,
        28,
    ) == cut(data, size)


@pytest.mark.parametrize("size", SIZES)
def test_limit(size):
    """A line of the limit is a line, one byte more is over-long."""
    fits, over = b"x" * LINE_LIMIT + b"\n", b"y" * (LINE_LIMIT + 1) + b"\n"

    assert ([(0, fits), (len(fits + over), b"z\n")], 1, len(fits + over) + 2) == cut(fits + over + b"z\n", size)


def test_nuls_at_the_end_wait():
    """NULs at the end may be a page not written yet: they are passed over when something follows or nothing can."""
    assert ([(0, b"a\n")], 0, 2) == cut(b"a\n\0\0\0", 64)
    assert ([(0, b"a\n")], 0, 5) == cut(b"a\n\0\0\0b", 64)
    assert ([(0, b"a\n"), (5, b"b\n")], 0, 7) == cut(b"a\n\0\0\0b\n", 64)
    assert ([(0, b"a\n")], 0, 5) == cut(b"a\n\0\0\0", 64, final=True)


def test_growing_long_line_is_looked_at_once():
    """While an over-long line grows, nothing is delivered and no byte is read twice; its end moves behind it."""
    source, cutter, read = Memory(b"x" * 100_000), Cutter(0), []
    assert cutter.next(source, 4096, final=False) is None
    source.read_at = lambda offset, size: read.append(offset) or source.data[offset : offset + size]
    source.data += b"x" * 100_000
    assert cutter.next(source, 4096, final=False) is None
    assert min(read) >= 100_000
    assert cutter.offset == 0

    source.data += b"\nshort\n"

    assert (b"", 200_001, 1) == cutter.next(source, 4096, final=False)
    assert (b"short\n", 200_007, 0) == cutter.next(source, 4096, final=False)


def test_huge_line_and_hole_in_flat_memory(world):
    """A line of 300 MB and a hole of 2 GiB are passed over in little memory."""
    with world.path.open("wb") as file:
        file.write(b"first\n")
        for _ in range(300):
            file.write(b"x" * 1_000_000)
        file.write(b"\nsecond\n")
        file.seek(2 << 30, 1)
        file.write(b"third\n")
    tracemalloc.start()
    data = world.settle()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert data == b"first\nsecond\nthird\n"
    assert sum(block.oversize for block in world.blocks) == 1
    assert peak < 8 << 20
