"""Binary logs: records of one length are cut, waited for, rotated and found again as lines are."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.tail.fixed import FixedCutter
from exporter.tail.lines import SETTLE
from tests.unit.tail.conftest import Killed

SIZE = 384


class Memory:
    """Bytes in memory, as a file."""

    def __init__(self, data):
        """Hold *data*."""
        self.data = data

    def read_at(self, offset, size):
        """Read."""
        return self.data[offset : offset + size]


def record(number, *, begin=b"\x07\0", end=b"\0\n"):
    """Return the record of a *number*, which holds NULs and line ends; no two are alike."""
    return begin + f"{number:08}".encode() * 3 + b"\0" * 300 + f"\n{number:08}\n".encode() + b"\0" * 46 + end


def records(first, end):
    """Return records one behind the other."""
    return b"".join(record(number) for number in range(first, end))


def drain(cutter, source, size=1 << 17, *, final=False, settled=None):
    """Return the data of each piece."""
    pieces = []
    while (piece := cutter.next(source, size, final=final, settled=settled)) is not None:
        pieces.append(piece.data)
    return pieces


@given(st.binary(max_size=40), st.integers(1, 7), st.integers(1, 30), st.booleans())
def test_pieces_hold_whole_records(data, length, limit, final):
    """Whatever the bytes and the size of the reads, pieces hold whole records, and a torn one waits for its end."""
    pieces = drain(FixedCutter(0, length), Memory(data), limit, final=final)
    torn = len(data) % length

    assert data[: len(data) if final else len(data) - torn] == b"".join(pieces)
    assert all(len(piece) % length == 0 for piece in (pieces[:-1] if final and torn else pieces))


def test_an_unwritten_page_waits():
    """Records of NULs at the end of the file wait until they have settled; what is written meanwhile is read."""
    source = Memory(records(0, 3) + bytes(2 * SIZE))
    cutter = FixedCutter(0, SIZE)

    assert [records(0, 3)] == drain(cutter, source, settled=0)
    assert cutter.holding
    source.data = records(0, 4) + bytes(SIZE)
    assert [record(3)] == drain(cutter, source, settled=3 * SIZE)
    assert [bytes(SIZE)] == drain(cutter, source, settled=5 * SIZE)
    assert not cutter.holding


def test_nuls_before_a_record_are_data():
    """A record of nothing but NULs with another one behind it is read like any other."""
    assert [bytes(SIZE) + record(1)] == drain(FixedCutter(0, SIZE), Memory(bytes(SIZE) + record(1)), settled=0)


def test_each_byte_of_a_record_may_come_alone(make_world):
    """A record comes byte by byte, over looks and restarts: it is read when it is whole, and once."""
    world = make_world(record=SIZE, name="wtmp")
    for number in range(3):
        for at in range(SIZE):
            world.write("wtmp", record(number)[at : at + 1])
            block = world.step()
            assert (block is not None) == (at == SIZE - 1)
            if at % 50 == 0:
                world.restart()

    assert records(0, 3) == world.data


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize("down", [False, True])
def test_rotated_by_renaming(make_world, down, pack):
    """Unread records of the rotated file come first, then the new file's; the old one may be packed."""
    world = make_world(record=SIZE, name="wtmp")
    world.write("wtmp", records(0, 5))
    world.settle()
    for turn in range(1, 4):
        first = turn * 20
        world.write("wtmp", records(first, first + 2))
        for older in range(turn - 1, 0, -1):
            (world.folder / f"wtmp.{older}").rename(world.folder / f"wtmp.{older + 1}")
        (world.folder / "wtmp").rename(world.folder / "wtmp.1")
        world.write("wtmp", records(first + 10, first + 12))
        if down:
            world.restart()
        world.settle()
    if pack:
        packed = gzip.compress((world.folder / "wtmp.1").read_bytes())
        (world.folder / "wtmp.1").unlink()
        world.write("wtmp.1.gz", packed)
        world.settle()

    turns = (records(turn * 20, turn * 20 + 2) + records(turn * 20 + 10, turn * 20 + 12) for turn in range(1, 4))
    assert records(0, 5) + b"".join(turns) == world.data
    assert [] == world.gaps


@pytest.mark.parametrize("down", [False, True])
def test_copied_and_truncated(make_world, down):
    """After a copy and a truncation the records of the emptied file are read, and those of the copy not again."""
    world = make_world(record=SIZE, name="wtmp")
    world.write("wtmp", records(0, 50))
    world.settle()
    if down:
        world.follower.close()
    (world.folder / "wtmp.1").write_bytes((world.folder / "wtmp").read_bytes())
    world.touch(world.folder / "wtmp.1", 0)
    world.replace("wtmp", records(60, 70))
    if down:
        world.start()
    world.settle()

    assert records(0, 50) + records(60, 70) == world.data


def test_a_lost_beginning_is_known(make_world):
    """Where the oldest records were taken away from the file, none of those left is read again."""
    world = make_world(record=SIZE, name="wtmp")
    world.write("wtmp", records(0, 200))
    world.settle()
    world.replace("wtmp", records(150, 210))
    world.settle()

    assert records(0, 210) == world.data


def test_an_older_copy_put_back_is_known(make_world):
    """A file that was put back from an older copy goes on behind it: what was read is not read again."""
    world = make_world(record=SIZE, name="wtmp", first_date=lambda _: 1)
    world.write("wtmp", records(0, 200))
    world.settle()
    world.replace("wtmp", records(0, 100))
    world.settle()
    world.write("wtmp", records(300, 310))
    world.settle()

    assert records(0, 200) + records(300, 310) == world.data
    assert ["rolled back"] == [gap.reason for gap in world.gaps]


def test_an_older_copy_that_has_grown_goes_on_at_a_record(make_world):
    """One that was put back while nobody looked, and has grown, is read from a record's begin on."""
    world = make_world(record=SIZE, name="wtmp", first_date=lambda _: 1)
    world.write("wtmp", records(0, 200))
    world.settle()
    world.follower.close()
    world.replace("wtmp", records(0, 100) + records(300, 400))
    world.start()
    world.settle()

    came = world.data[len(records(0, 200)) :]
    assert 60 <= len(came) // SIZE
    assert records(400 - len(came) // SIZE, 400) == came


def test_begun_at_the_end(make_world):
    """With `start: end` the records that were there are passed over, and one that was torn then is read whole."""
    world = make_world(record=SIZE, name="wtmp", from_end=True)
    world.write("wtmp", records(0, 7) + record(7)[:100])
    world.settle()
    world.write("wtmp", record(7)[100:] + record(8))
    world.settle()

    assert records(7, 9) == world.data
    assert [(0, 7 * SIZE)] == [(gap.start, gap.end) for gap in world.gaps]


def test_a_rotated_file_may_end_in_a_torn_record(make_world):
    """A torn record's piece is handed out when its file is done; its rest is no record when it comes late."""
    world = make_world(record=SIZE, name="wtmp")
    world.write("wtmp", records(0, 2) + record(2)[:100])
    world.settle()
    (world.folder / "wtmp").rename(world.folder / "wtmp.1")
    world.write("wtmp", record(9))
    world.settle()
    world.write("wtmp.1", record(2)[100:] + record(3))
    world.settle()

    assert records(0, 2) + record(2)[:100] + record(9) + record(3) == world.data


def test_killed_while_it_reads(make_world):
    """Killed at each place where that could do harm, it goes on where the last commit stood."""
    for place in ("after-open", "after-read", "marker-update", "after-register-new"):
        world = make_world(record=SIZE, name="wtmp")
        world.write("wtmp", records(0, 5))
        world.settle()
        world.write("wtmp", records(5, 9))
        (world.folder / "wtmp").rename(world.folder / "wtmp.1")
        world.write("wtmp", records(9, 12))
        world.die_at = place
        world.restart()
        with pytest.raises(Killed):
            world.settle()
        world.die_at = ""
        world.restart()
        world.settle()
        assert records(0, 12) == world.data


def test_ahead_of_reading_it_is_cut_alike(make_world):
    """Looking ahead gives the same records, over rotated files, and moves nothing."""
    world = make_world(record=SIZE, name="wtmp")
    world.write("wtmp.1", records(0, 5), ago=SETTLE * 10)
    world.write("wtmp", records(5, 9))

    assert records(0, 9) == b"".join(block.data for block in world.follower.look_ahead(1 << 20))
    world.settle()
    assert records(0, 9) == world.data
