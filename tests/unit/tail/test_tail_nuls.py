"""NULs in a log: a hole that a truncation left, or a page that is not written yet (C10, C11)."""

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records import Generation
from exporter.tail.lines import EVERYTHING, LINE_LIMIT, SETTLE, Cutter, Settling
from exporter.tail.opening import OpenFiles
from exporter.tail.reader import Reader

PAGE = bytes(4096)
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


def drain(cutter, source, size, settled, *, final=False):
    """Return all that can be had now: the data and the number of over-long lines."""
    data, oversize = b"", 0
    while (piece := cutter.next(source, size, final=final, settled=settled)) is not None:
        data += piece.data
        oversize += piece.oversize
    return data, oversize


@pytest.mark.parametrize("size", SIZES)
def test_hole_at_the_beginning_is_passed_over_at_once(size):
    """A run of NULs from offset 0 is a hole: what follows it is read without waiting."""
    cutter = Cutter(0)

    assert (b"one\ntwo\n", 0) == drain(cutter, Memory(PAGE + b"one\ntwo\n"), size, 0)
    assert not cutter.holding


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", [b"begun" + PAGE + b"\n", PAGE, PAGE + b"behind it\n", b"\0\n"])
def test_nuls_elsewhere_wait(size, page):
    """A line with NULs, or a page of them, and all behind it wait until they have settled; lines before it do not."""
    data = b"one\ntwo\n" + page + b"three\n"
    cutter, source = Cutter(0), Memory(data)

    assert (b"one\ntwo\n", 0) == drain(cutter, source, size, 8)
    assert cutter.holding
    assert cutter.offset == 8

    later = page.lstrip(b"\0") + b"three\n"
    assert (later, 0) == drain(cutter, source, size, len(data))
    assert not cutter.holding
    assert len(data) == cutter.offset


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("found", [8, 100, 2000])
def test_page_that_is_written_late(size, found):
    """Data that take the place of the NULs in time are read as if they had always been there, torn lines too."""
    whole = b"".join(b"%04d a line of the log\n" % n for n in range(400))
    cutter, source = Cutter(0), Memory(whole[:found] + PAGE + whole[found + len(PAGE) :])
    early, _ = drain(cutter, source, size, found // 2)
    assert cutter.holding

    source.data = whole

    assert (whole, 0) == (early + drain(cutter, source, size, found // 2)[0], 0)
    assert not cutter.holding


def test_nuls_at_the_end_wait_for_something_behind_them():
    """A log laid out in advance ends in NULs: they are never passed over, however long they have been there."""
    cutter, source = Cutter(0), Memory(b"one\n" + PAGE)

    assert (b"one\n", 0) == drain(cutter, source, 4096, 1 << 30)
    assert cutter.offset == 4
    assert not cutter.holding

    source.data = b"one\ntwo\n" + PAGE[4:]
    assert (b"two\n", 0) == drain(cutter, source, 4096, 1 << 30)
    assert (b"", 0) == drain(cutter, source, 4096, 4, final=True)
    assert len(source.data) == cutter.offset


def test_over_long_line_with_a_page_missing():
    """While a page of an over-long line is missing, its end is unknown: the page may hold it."""
    line = b"x" * (2 * LINE_LIMIT)
    cutter, source = Cutter(0), Memory(line + PAGE + b"rest\nnext\n")

    assert cutter.next(source, 4096, final=False, settled=len(line)) is None
    assert cutter.holding

    source.data = line + b"\nfirst\n" + b"y" * (len(PAGE) - 7) + b"rest\nnext\n"

    assert (b"first\n" + b"y" * (len(PAGE) - 7) + b"rest\nnext\n", 1) == drain(cutter, source, 4096, len(line))


PARTS = st.lists(
    st.one_of(
        st.sampled_from([b"\n", b"a line\n", b"torn", b"\0", b"in\0side\n", b"\0\0\n", b"x" * 70_000]),
        st.binary(max_size=9),
        st.integers(1, 9000).map(bytes),
    ),
    max_size=12,
)


@given(PARTS, st.sampled_from(SIZES), st.lists(st.integers(0, 60_000), max_size=4), st.booleans())
def test_waiting_changes_nothing_but_the_time(parts, size, settled, final):
    """Lines are the same whether all NULs had settled from the start or one after the other."""
    source = Memory(b"".join(parts))
    at_once, patient = Cutter(0), Cutter(0)
    expected, oversize = drain(at_once, source, size, None, final=final)
    data, long = b"", 0
    for upto in [*sorted(settled), len(source.data)]:
        more, longer = drain(patient, source, size, upto)
        data, long = data + more, long + longer
        assert patient.offset <= at_once.offset
    more, longer = drain(patient, source, size, None, final=final)

    assert (expected, oversize) == (data + more, long + longer)
    assert at_once.offset == patient.offset


def test_what_has_settled():
    """Bytes have settled when the file was as long `SETTLE` seconds ago; what is cut off has not."""
    settling = Settling()

    assert settling.upto(100, 0.0) == 0
    assert settling.upto(200, SETTLE - 0.1) == 0
    assert settling.upto(300, SETTLE) == 100
    assert settling.upto(300, 2 * SETTLE) == 300
    assert settling.upto(50, 2 * SETTLE) == 50
    assert settling.upto(400, 2 * SETTLE) == 50
    assert settling.upto(400, 3 * SETTLE) in (50, 400)
    assert settling.upto(400, 4 * SETTLE) == 400


def test_reader_waits_by_the_clock(tmp_path):
    """Given the time, a reader holds a line with NULs for the settle time and says that it does."""
    path = tmp_path / "a.log"
    path.write_bytes(b"one\ntwo" + PAGE + b"\nthree\n")
    status = path.stat()
    record = Generation(1, str(path), status.st_dev, status.st_ino)
    reader = Reader(record, OpenFiles(), lambda name: None, restored=False)
    size = status.st_size

    assert reader.next(4096, size, final=False, now=0.0).data == b"one\n"
    assert reader.next(4096, size, final=False, now=SETTLE - 1) is None
    assert reader.holding
    assert reader.next(4096, size, final=False, now=SETTLE).data == b"two" + PAGE + b"\n"
    assert reader.next(4096, size, final=False, now=SETTLE).data == b"three\n"
    assert not reader.holding
    reader.release()


@pytest.mark.parametrize("before", [b"", b"one\n"])
def test_sparse_hole_of_two_gigabytes(tmp_path, before):
    """A sparse hole costs neither time nor memory, at the beginning or settled in the middle."""
    path = tmp_path / "a.log"
    with path.open("wb") as file:
        file.write(before)
        file.seek(2 << 30)
        file.write(b"last\n")
    status = path.stat()
    reader = Reader(
        Generation(1, str(path), status.st_dev, status.st_ino), OpenFiles(), lambda name: None, restored=False
    )
    tracemalloc.start()
    began = time.perf_counter()
    data = b""
    for now in (0.0, SETTLE):
        while piece := reader.next(1 << 17, status.st_size, final=False, now=now):
            data += piece.data
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    reader.release()

    assert before + b"last\n" == data
    assert time.perf_counter() - began < 1
    assert peak < 4 << 20


def test_endless_nuls_come_in_portions():
    """A run that can't change any more is passed over in portions, so other logs get their turn."""

    class Zeros(Memory):
        """200 MiB of NULs."""

        def read_at(self, offset, size):
            """Read some of them."""
            return bytes(max(0, min(size, (200 << 20) - offset)))

    cutter = Cutter(0)
    ends = []
    while piece := cutter.next(Zeros(b""), 1 << 17, final=True, settled=EVERYTHING):
        ends.append(piece.end)

    assert [n << 20 for n in (64, 128, 192, 200)] == ends


def test_page_that_is_written_late_to_a_young_log(world):
    """A log whose first bytes hold a page that isn't written yet is the same log when it is: nothing is read twice."""
    world.write("a.log", b"first\n" + bytes(40))
    world.step()
    assert world.step() is None
    with world.path.open("r+b") as file:
        file.seek(6)
        file.write(b"x" * 39 + b"\n")
    world.touch(world.path, 0)
    world.settle()

    assert b"first\n" + b"x" * 39 + b"\n" == world.data
    assert world.gaps == []
