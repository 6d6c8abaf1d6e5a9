"""For how long files have been as they are, as far as was seen."""

import math

from exporter.tail.ages import Ages
from exporter.tail.chain import Found

NOW_NS = 1_700_000_000 * 10**9


class TwoClocks:
    """A wall clock and one that never steps, a little apart."""

    def __init__(self):
        """Begin."""
        self.wall, self.steady = NOW_NS / 1e9, 5.0

    def now(self):
        """Return the wall clock."""
        return self.wall

    def monotonic(self):
        """Return the steady one."""
        return self.steady


def _file(path="a.log", size=10, mtime_ns=NOW_NS, inode=7):
    return Found(path, 1, inode, size, mtime_ns)


def test_a_file_ages_while_it_is_seen():
    """From the first look on the seconds of the steady clock count, whatever the mtime says and the wall clock does."""
    clock = TwoClocks()
    ages = Ages(clock, complete=False)
    ages.see([_file(mtime_ns=NOW_NS - 600 * 10**9), _file("b.log", mtime_ns=NOW_NS + 10**15)])
    clock.steady += 20
    clock.wall -= 86_400

    assert 20 == ages.of("a.log", 10, NOW_NS - 600 * 10**9)
    assert 20 == ages.of("b.log", 10, NOW_NS + 10**15)


def test_a_change_begins_anew():
    """Another size or another mtime, by a listing or by a question, makes it as young as when it was seen first."""
    clock = TwoClocks()
    ages = Ages(clock, complete=False)
    ages.see([_file()])
    clock.steady += 20
    ages.see([_file(size=11)])

    assert 0 == ages.of("a.log", 11, NOW_NS)
    clock.steady += 5
    assert 5 == ages.of("a.log", 11, NOW_NS)
    assert 0 == ages.of("a.log", 11, NOW_NS + 1)
    clock.steady += 3
    assert 3 == ages.of("a.log", 11, NOW_NS + 1)


def test_another_inode_number_changes_nothing():
    """A file whose inode number changes from look to look ages like any other."""
    clock = TwoClocks()
    ages = Ages(clock, complete=False)
    for inode in range(4):
        ages.see([_file(inode=inode)])
        clock.steady += 10

    assert 40 == ages.of("a.log", 10, NOW_NS)


def test_what_is_hours_old_need_not_be_watched():
    """A file seen first is old where its mtime lies further back than clocks are apart."""
    ages = Ages(TwoClocks(), complete=False)

    assert math.inf == ages.of("a.log", 10, NOW_NS - 3_601 * 10**9)
    assert 0 == ages.of("a.log", 10, NOW_NS - 3_599 * 10**9)


def test_a_complete_log_is_old():
    """Of an imported log everything is old at once."""
    ages = Ages(TwoClocks(), complete=True)
    ages.see([_file()])

    assert math.inf == ages.of("a.log", 10, NOW_NS)


def test_files_that_are_gone_are_forgotten():
    """What is remembered is bounded by the files of the last listing; one that comes back is seen first again."""
    clock = TwoClocks()
    ages = Ages(clock, complete=False)
    ages.see([_file()])
    clock.steady += 20
    ages.see([_file("b.log")])

    assert 0 == ages.of("a.log", 10, NOW_NS)
