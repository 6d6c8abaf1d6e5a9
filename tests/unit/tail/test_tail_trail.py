"""The trail of waymarks: what was read is known again in a file that lost its end or its beginning."""

import os
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records import Generation
from exporter.tail import identity, trail

BANNER = b"".join(b"%02d the vendor's banner, always the same\n" % n for n in range(60))


class Kept:
    """An uncompressed file in memory."""

    compressed = False
    damage = None
    fd = -1

    def __init__(self, data):
        """Hold *data*."""
        self.data = data
        self.reads = 0

    def read_at(self, offset, size):
        """Read."""
        self.reads += 1
        return self.data[offset : offset + size]

    def next_data(self, offset):
        """Know of no holes."""
        return offset

    def close(self):
        """Do nothing."""


def lines(count, seed=0):
    """Return *count* lines of a log, each seed's own."""
    return b"".join(
        b'%2d:%02d:%02d (MLM) OUT: "F%d" u%06d@h\n'
        % (n // 3600 % 24, n // 60 % 60, n % 60, n % 7, hash((seed, n)) % 10**6)
        for n in range(count)
    )


def read_to(data, *offsets):
    """Return the record of *data*, read and committed at each of the *offsets*."""
    record, log = Generation(1, "a.log", 1, 1), Kept(data)
    for offset in offsets:
        move(record, log, offset)
    identity.take_head(record, log)
    return record


def move(record, log, offset):
    """Move the record to *offset*, as a commit does."""
    record.offset = offset
    identity.take_marker(record, log)
    trail.extend(record, log)


DATA = lines(40_000)


@given(st.lists(st.integers(0, len(DATA)), min_size=1, max_size=12))
def test_trail_depends_on_the_offset_alone(offsets):
    """However the file was read, in steps of any size, the same waymarks are kept."""
    offsets.sort()

    assert read_to(DATA, offsets[-1]).trail == read_to(DATA, *offsets).trail


@given(st.integers(0, 1 << 34), st.integers(0, 1 << 20))
def test_no_waymark_is_needed_that_was_given_up(offset, more):
    """A waymark kept for a longer stretch was kept for each shorter one, so nothing is read twice."""
    now = set(trail._places(offset))

    assert {at for at in trail._places(offset + more) if at <= offset} <= now


@pytest.mark.parametrize("offset", [10**4, 10**6, 10**8, 10**10, 1 << 37])
def test_trail_is_small(offset):
    """Some kilobytes of text whatever the size; close together at both ends, nowhere wider than a share of the way."""
    places = trail._places(offset)

    assert len(places) <= 150
    assert sum(len(f"{at:x}:0123456789 ") for at in places) <= 3300
    assert [at for at in places if at <= 4096] == list(range(256, 4097, 256))
    dense = range(-(-(offset - 8000) // 256) * 256, offset + 1, 256)
    assert [at for at in places if at >= offset - 8000] == list(dense)
    assert all(after - at <= max(256, at, (offset - at) // 2) for at, after in pairwise(places))


def test_extending_is_cheap():
    """A line more costs two short reads; eight megabytes more cost a hundred, none of them of everything."""
    big = DATA * 12
    assert len(big) > 16 << 20
    record, log = Generation(1, "a.log", 1, 1), Kept(big)
    move(record, log, 8 << 20)
    log.reads = 0
    for _ in range(100):
        move(record, log, record.offset + 37)
    assert log.reads <= 100 * 3 + 20

    log.reads = 0
    trail.extend(record, log)
    assert log.reads == 0

    move(record, log, record.offset + (8 << 20))
    assert log.reads <= 120


def test_other_content_is_not_taken_up():
    """A log that was begun anew since it was read, or that can't be read now, leaves the trail as it was."""
    record = read_to(DATA, 5000)
    before = record.trail
    record.offset = 20_000
    identity.take_marker(record, Kept(DATA))

    trail.extend(record, Kept(lines(2000, seed=1)))
    assert before == record.trail

    failing = Kept(DATA)
    failing.read_at = lambda offset, size: os.pread(-1, size, offset)
    trail.extend(record, failing)
    assert before == record.trail

    trail.extend(record, Kept(DATA))
    assert read_to(DATA, 20_000).trail == record.trail


@pytest.mark.parametrize("offset", [600, 5000, 70_000, len(DATA)])
@pytest.mark.parametrize("lost", [1, 40, 256, 300, 4096, 8192, 60_000, 1_000_000])
def test_lost_end_is_known(offset, lost):
    """A file without the last of what was read is a shortened state of it, torn line or not, as long as 256 bytes."""
    size = offset - lost
    record = read_to(DATA, 100, offset // 2, offset)

    assert (size >= 256) == (size >= 0 and trail.kept_prefix(record, Kept(DATA[:size]), size))


@given(st.integers(1000, 60_000), st.integers(256, 60_000), st.integers(0, 2400))
def test_log_begun_anew_is_no_lost_end(offset, size, banner):
    """A shorter log that shares a banner only is told from a shortened one as soon as it goes 512 bytes further."""
    old, new = BANNER[:banner] + DATA, BANNER[:banner] + lines(2000, seed=1)
    record = read_to(old, offset)
    size = min(size, offset - 1)

    if size >= banner + 512:
        assert not trail.kept_prefix(record, Kept(new[:size]), size)


def test_rolled_back_and_read_on():
    """After a roll-back the trail goes on from the new end, and what follows it is known again."""
    record = read_to(DATA, 50_000)
    other = DATA[:45_000] + lines(1000, seed=2)
    move(record, Kept(other), 45_000)
    assert read_to(DATA, 45_000).trail == record.trail

    move(record, Kept(other), 60_000)

    assert trail.kept_prefix(record, Kept(other[:50_100]), 50_100)
    assert not trail.kept_prefix(record, Kept(DATA[:50_100]), 50_100)


def ends_of(data, first, last):
    """Return the line starts between two offsets."""
    ends = [at + 1 for at in range(first, last) if data[at : at + 1] == b"\n"]
    return ends or [last]


@pytest.mark.parametrize("kept", [300, 700, 1024, 5000, 100_000])
@pytest.mark.parametrize("unread", [0, 3000])
@pytest.mark.parametrize("fresh", [0, 5000])
def test_lost_beginning_is_known(kept, unread, fresh):
    """Where only the last lines were kept, reading goes on behind the last one that was read."""
    offset = ends_of(DATA, 200_000, 201_000)[0]
    record = read_to(DATA, 1000, 150_000, offset)
    new = DATA[offset - kept : offset + unread] + lines(200, seed=3)[:fresh]

    assert trail.moved_to(record, Kept(new), 64 << 20) == kept


@pytest.mark.parametrize("kept", [0, 40, 200])
def test_too_little_kept(kept):
    """Less than 256 bytes of what was read prove nothing."""
    offset = ends_of(DATA, 200_000, 201_000)[0]
    new = DATA[offset - kept : offset] + lines(500, seed=3)

    assert trail.moved_to(read_to(DATA, offset), Kept(new), 64 << 20) is None


def test_collapsed_range():
    """A beginning taken away in blocks is found like any other; an in-place file isn't moved."""
    offset = ends_of(DATA, 200_000, 201_000)[0]
    record = read_to(DATA, offset)

    assert offset - 131_072 == trail.moved_to(record, Kept(DATA[131_072:]), 64 << 20)
    assert trail.moved_to(record, Kept(DATA), 64 << 20) is None


def test_like_ending_of_another_log():
    """The same last lines behind other lines are another log: all waymarks have to be in their places."""
    offset = ends_of(DATA, 200_000, 201_000)[0]
    record = read_to(DATA, offset)
    new = lines(2000, seed=4) + DATA[offset - 700 : offset]

    assert trail.moved_to(record, Kept(new), 64 << 20) is None


def test_search_is_bounded():
    """What lies beyond the limit isn't looked at."""
    offset = ends_of(DATA, 900_000, 901_000)[0]
    record = read_to(DATA, offset)
    log = Kept(DATA[offset - 500_000 :])

    assert trail.moved_to(record, log, 400_000) is None
    assert trail.moved_to(record, log, 500_000) == 500_000


def test_search_in_a_million_lines_ends():
    """A million lines that aren't it are looked through, a file of line ends alone too, and nothing is found."""
    million = (b"x" * 39 + b"\n") * 1_000_000
    record = read_to(DATA * 40, len(DATA) * 40)

    assert trail.moved_to(record, Kept(million), 64 << 20) is None
    assert trail.moved_to(record, Kept(b"\n" * (64 << 20)), 64 << 20) is None


def test_record_without_a_trail():
    """A record of an earlier version has no trail: nothing is found, and the next commit makes one."""
    record = read_to(DATA, 50_000)
    made, record.trail = record.trail, ""

    assert not trail.kept_prefix(record, Kept(DATA[:40_000]), 40_000)
    assert trail.moved_to(record, Kept(DATA[5000:]), 64 << 20) is None

    trail.extend(record, Kept(DATA))
    assert made == record.trail


def test_compressed_files_have_none():
    """A compressed file changes as a whole or not at all, so no trail is kept of it."""
    log = Kept(DATA)
    log.compressed = True
    record = Generation(1, "a.log.gz", 1, 1, offset=5000)
    trail.extend(record, log)

    assert record.trail == ""
