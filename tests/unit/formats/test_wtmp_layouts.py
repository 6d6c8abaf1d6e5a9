"""Files that are called wtmp and are something else: each is refused, with what it is and what to do."""

import struct

import pytest

from exporter.errors import ForeignLayout
from exporter.formats.wtmp import WtmpReader
from exporter.records import LINE_OUTCOMES, Block, Position
from tests.reference.wtmp_records import EMPTY, Record, boot, login, packed

T = 1_709_625_600
HOST = [boot(T), login(T + 60, "pts/0", "amber", "ws7.example.org")]


def read(data, start=0):
    """Read *data*, which lies at *start* of a file."""
    return WtmpReader("login", "alder").read(Block(Position(1, start), data, Position(1, start + len(data)), T + 999))


def of_400_bytes(kind, time, line, user, host):
    """Return a record as aarch64 writes it: session and time have 64 bits."""
    names = (name.encode() for name in (line, "~~", user, host))
    return struct.pack("<hxxi32s4s32s256shhqqq16s24x", kind, 77, *names, 0, 0, 5, time, 123_456, bytes(16))


def turned_round(record):
    """Return a record as a big-endian host writes it."""
    names = (name.encode() for name in (record.line, record.id, record.user, record.host))
    return struct.pack(
        ">hxxi32s4s32s256shhiIi16s20x", record.type, record.pid, *names, 0, 0, 0, record.time, 5, bytes(16)
    )


AARCH64 = of_400_bytes(2, T, "~", "reboot", "6.1.0-18-arm64") + of_400_bytes(7, T + 9, "pts/0", "amber", "a")
FOREIGN = {
    "wtmpdb": (b"SQLite format 3\0" + bytes(4080), "wtmpdb"),
    "what last prints": (b"amber    pts/0        192.0.2.7        Tue Mar  5 08:01:40 2024   gone\n" * 9, "text"),
    "what utmpdump prints": ("\n".join(record.dumped() for record in HOST * 3).encode(), "utmpdump -r"),
    "aarch64": (AARCH64, "400 bytes"),
    "aarch64, cut to one record of ours": (AARCH64[:384], "400 bytes"),
    "s390x": (b"".join(map(turned_round, HOST)), "big-endian"),
    "something else": (bytes(range(1, 256)) * 9 + b"\0", "None of its first records"),
    "a small something else": (b"PK\3\4" + b"\0" * 26 + b"word/document.xml", "None of its first records"),
}


@pytest.mark.parametrize(("data", "said"), FOREIGN.values(), ids=FOREIGN)
def test_other_layouts_are_refused(data, said):
    """The sentence says what the file looks like, what is read instead, and what to do."""
    with pytest.raises(ForeignLayout) as refused:
        read(data)

    sentence = str(refused.value)
    assert said in sentence
    assert "binary records of 384 bytes" in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    "records",
    [
        HOST,
        [Record(EMPTY, 0)],
        [Record(99, T), *HOST],
        [boot(0)],
        [Record(8, 0, "tty1", microseconds=999_999)],
        [boot(4_294_967_295)],
    ],
)
def test_ours_is_not_refused(records):
    """A wtmp with an odd first record is still one."""
    tally = read(packed(records)).tally

    assert len(records) == sum(tally.get(outcome, 0) for outcome in LINE_OUTCOMES)


def test_only_the_begin_of_a_file_tells():
    """What lies further back is garbage, and is counted and not refused."""
    assert {"unparsed": 1} == read(b"\xff" * 384, start=384).tally
