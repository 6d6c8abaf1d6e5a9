"""UTF-16 logs: lines as UTF-8, positions as offsets in the file (L7)."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records import Generation, Position
from exporter.tail import identity
from exporter.tail.ahead import blocks_ahead
from exporter.tail.lines import LINE_LIMIT, Cutter
from exporter.tail.opening import OpenFiles
from exporter.tail.reader import Reader
from exporter.tail.wide import WideCutter, make_cutter

START = '10:00:00 (lmgrd) start\r\n10:00:01 (MLM) OUT: "F" j\u00fcrgen@h\n'
TEXT = START + "\u4e2d\u0a0a\u0a41\u4100\u0a41\n\n\U0001f600 end\n"
CODECS = ["utf-16-le", "utf-16-be"]


class Memory:
    """Bytes in memory, as a file."""

    compressed = False

    def __init__(self, data):
        """Hold *data*."""
        self.data = data

    def read_at(self, offset, size):
        """Read."""
        return self.data[offset : offset + size]

    def next_data(self, offset):
        """Know of no holes."""
        return offset


def drain(cutter, source, size=1 << 17, *, final=False, settled=None):
    """Return (start, data, end) of each piece."""
    pieces = []
    while True:
        start = cutter.offset
        piece = cutter.next(source, size, final=final, settled=settled)
        if piece is None:
            return pieces
        pieces.append((start, piece.data, piece.end))


def reader_of(path, encoding="utf-8", offset=0):
    """Return a reader of the file at *path*."""
    status = path.stat()
    record = Generation(1, str(path), status.st_dev, status.st_ino, offset=offset)
    return Reader(record, OpenFiles(), lambda name: None, restored=False, encoding=encoding)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [1, 2, 3, 17, 4096])
def test_each_line_is_a_piece(codec, size):
    """A file with a byte order mark gives one piece a line: UTF-8 without the mark, between offsets in the file."""
    raw = ("\ufeff" + TEXT).encode(codec)
    cutter = make_cutter(Memory(raw), 0, "utf-8")
    ends = [0]
    for line in ("\ufeff" + TEXT).split("\n")[:-1]:
        ends.append(ends[-1] + len((line + "\n").encode(codec)))

    expected = zip(ends, [(line + "\n").encode() for line in TEXT.split("\n")[:-1]], ends[1:], strict=False)
    assert list(expected) == drain(cutter, Memory(raw), size)


@pytest.mark.parametrize(
    ("raw", "encoding", "kind"),
    [
        (b"\xff\xfea\0", "utf-8", WideCutter),
        (b"\xfe\xff\0a", "utf-16", WideCutter),
        (b"a\0\n\0", "utf-16", WideCutter),
        (b"a\0\n\0", "utf-8", Cutter),
        (b"\xff", "utf-8", Cutter),
        (b"", "utf-8", Cutter),
    ],
)
def test_which_cutter(raw, encoding, kind):
    """The first bytes decide, then the configuration: UTF-16 without a mark is little-endian."""
    assert isinstance(make_cutter(Memory(raw), 0, encoding), kind)


@pytest.mark.parametrize("codec", CODECS)
def test_torn_at_every_byte(codec):
    """Wherever the file ends for a while, the same lines come out, each once."""
    raw = ("\ufeff" + TEXT).encode(codec)
    whole = drain(make_cutter(Memory(raw), 0, "utf-8"), Memory(raw))
    for torn in range(2, len(raw)):
        source = Memory(raw[:torn])
        cutter = make_cutter(source, 0, "utf-8")
        early = drain(cutter, source)
        source.data = raw
        assert whole == early + drain(cutter, source)


@given(st.binary(max_size=300), st.sampled_from(CODECS), st.integers(1, 40), st.booleans())
def test_any_bytes_raise_nothing(raw, codec, size, final):
    """Whatever the bytes, lines come out as valid UTF-8, the same for each read size; all is used up at the end."""
    source = Memory(raw)
    pieces = drain(WideCutter(0, codec), source, size, final=final)

    assert drain(WideCutter(0, codec), source, final=final) == pieces
    assert [piece[2] for piece in pieces[:-1]] == [piece[0] for piece in pieces[1:]]
    for _, data, _ in pieces:
        data.decode()
    if final and raw:
        assert len(raw) == pieces[-1][2]


@pytest.mark.parametrize("codec", CODECS)
def test_unpaired_surrogates_and_odd_bytes(codec):
    """Half a pair and half a code unit become U+FFFD, and the next line is whole."""
    raw = "a".encode(codec) + "\ud800".encode(codec, "surrogatepass") + "b\nc\n".encode(codec) + b"d"

    assert ["a\ufffdb\n".encode(), b"c\n", "\ufffd".encode()] == [
        data for _, data, _ in drain(WideCutter(0, codec), Memory(raw), final=True)
    ]


@pytest.mark.parametrize("codec", CODECS)
def test_over_long_lines(codec):
    """A line of the limit is a line; a longer one is passed over, also while it grows."""
    fits, over = "x" * (LINE_LIMIT // 2) + "\n", "y" * 200_000
    source = Memory((fits + over).encode(codec))
    cutter = WideCutter(0, codec)

    assert [(0, fits.encode(), LINE_LIMIT + 2)] == drain(cutter, source)

    source.data = (fits + over + over + "\nz\n").encode(codec)
    piece = cutter.next(source, 4096, final=False)

    assert (b"", LINE_LIMIT + 2 + 800_002, 1) == piece
    assert [b"z\n"] == [data for _, data, _ in drain(cutter, source)]


@pytest.mark.parametrize("codec", CODECS)
def test_nuls(codec):
    """A hole at the beginning is passed over at once; NULs elsewhere wait until they have settled."""
    hole, line = bytes(4096), "a\n".encode(codec)
    assert [b"", b"a\n"] == [data for _, data, _ in drain(WideCutter(0, codec), Memory(hole + line), settled=0)]

    source, cutter = Memory(line + hole + line + "b\0c\n".encode(codec)), WideCutter(0, codec)
    assert [b"a\n"] == [data for _, data, _ in drain(cutter, source, settled=4)]
    assert cutter.holding
    assert [b"", b"a\n", b"b\0c\n"] == [data for _, data, _ in drain(cutter, source, settled=len(source.data))]
    assert not cutter.holding


@pytest.mark.parametrize("codec", CODECS)
def test_nul_inside_a_line(codec):
    """A line with a NUL waits with all behind it until the NUL has settled; a line before it doesn't."""
    first, rest = "a\n".encode(codec), "b\0c\nd\n".encode(codec)
    source, cutter = Memory(first + rest), WideCutter(0, codec)

    assert [b"a\n"] == [data for _, data, _ in drain(cutter, source, settled=len(first) + 2)]
    assert cutter.holding
    assert [b"b\0c\n", b"d\n"] == [data for _, data, _ in drain(cutter, source, settled=len(first) + 4)]


def test_marker_is_of_the_bytes_in_the_file(tmp_path):
    """Content identity counts bytes of the file, so a restart goes on at the same line."""
    path = tmp_path / "a.log"
    raw = ("\ufeff" + TEXT * 40).encode("utf-16-le")
    path.write_bytes(raw)
    reader = reader_of(path)
    for _ in range(100):
        reader.next(1 << 17, len(raw), final=False)
    record = reader.generation
    reader.release()

    assert identity.digest(raw[record.offset - 1024 : record.offset]) == record.marker
    assert record.marker_length == 1024

    again = Reader(record, OpenFiles(), lambda name: None, restored=True)
    lines = b""
    while piece := again.next(1 << 17, len(raw), final=False):
        lines += piece.data
    again.release()

    assert (TEXT * 40).encode().split(b"\n")[100:] == lines.split(b"\n")


def test_mark_that_comes_byte_by_byte(tmp_path):
    """A file is UTF-16 as soon as its first two bytes say so, however it was written."""
    path = tmp_path / "a.log"
    raw = "\ufeffab\ncd\n".encode("utf-16-le")
    path.write_bytes(b"")
    reader = reader_of(path)
    data = b""
    for byte in raw:
        with path.open("ab") as file:
            file.write(bytes([byte]))
        while piece := reader.next(4096, path.stat().st_size, final=False):
            data += piece.data
    reader.release()

    assert data == b"ab\ncd\n"


@pytest.mark.parametrize("packed", [False, True])
def test_looking_ahead(tmp_path, packed):
    """What is to come is cut the same way, compressed or not, and nothing moves."""
    raw = TEXT.encode("utf-16-le")
    path = tmp_path / "a.log"
    path.write_bytes(gzip.compress(raw) if packed else raw)
    reader = reader_of(path, "utf-16")
    reader.next(1 << 17, len(raw), final=False)
    at = reader.generation.offset
    blocks = list(blocks_ahead(reader, (), 0, 1 << 20, encoding="utf-16"))
    reader.release()

    assert TEXT.encode().split(b"\n", 1)[1] == b"".join(block.data for block in blocks)
    assert Position(1, at) == blocks[0].start
    assert Position(1, len(raw)) == blocks[-1].end
    assert at == reader.generation.offset


@pytest.mark.parametrize("restarted", [False, True])
def test_a_torn_last_line_is_ended_late(world, restarted):
    """A last line that was taken for whole when its file was left is not counted again when its end comes."""
    world.write("a.log", "\ufeffone\ntwo".encode("utf-16-le"))
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", b"new\n")
    world.settle()
    if restarted:
        world.restart()
    world.write("a.log.1", "more\nthree\n".encode("utf-16-le"))
    world.settle()

    assert b"one\ntwonew\nthree\n" == world.data
