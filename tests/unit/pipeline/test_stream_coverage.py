"""Which time a stream has read: intervals, cut by losses and re-bases, joined when what was lost is read after all."""

from __future__ import annotations

from exporter.coverage import Coverage
from exporter.records import Covered, Gap

LOSS, OTHER = Gap(1, 700, 900, "generation is gone"), Gap(2, 0, None, "truncated before it was read")


def _again(coverage: Coverage) -> Coverage:
    """Return it as a restart would."""
    return Coverage(coverage.state(), None)


def test_a_stretch_grows() -> None:
    """What is read without a break is one interval, told again when it has grown, and by its number after a restart."""
    coverage = Coverage({}, None)
    coverage.read([], None)
    assert [] == coverage.take()
    coverage.read([], (100, 200))
    coverage.read([], (90, 300))

    assert [Covered(0, 90, 300)] == coverage.take()
    coverage = _again(coverage)
    coverage.read([], (90, 400))
    assert [Covered(0, 90, 400)] == coverage.take()


def test_a_re_base_begins_another() -> None:
    """The stretch that ends keeps its number; several may end at once."""
    coverage = Coverage({}, None)
    coverage.read([], (500, 600))
    coverage.read([(500, 650), (100, 110)], (300, 310))

    assert [Covered(0, 500, 650), Covered(1, 100, 110), Covered(2, 300, 310)] == coverage.take()


def test_a_loss_cuts() -> None:
    """What comes after a loss is another interval; losses before the first line, or together, make one hole."""
    coverage = Coverage({}, None)
    coverage.cut(LOSS)
    coverage.read([], (100, 200))
    coverage.cut(LOSS)
    coverage.cut(OTHER)
    coverage = _again(coverage)
    coverage.read([], (250, 300))

    assert [Covered(1, 250, 300)] == coverage.take()


def test_what_comes_back_fills_the_hole() -> None:
    """When every loss of a hole is read after all the interval before it reaches to the next, before or after that."""
    for early in (True, False):
        coverage = Coverage({}, None)
        coverage.read([], (100, 200))
        coverage.cut(LOSS)
        coverage.cut(OTHER)
        coverage.join(LOSS)
        if early:
            coverage.join(OTHER)
        coverage.take()
        coverage = _again(coverage)
        coverage.read([], (250, 300))
        if not early:
            assert [Covered(1, 250, 300)] == coverage.take()
            coverage.join(OTHER)

        assert Covered(0, 100, 250) in coverage.take()
        coverage.read([], (250, 310))
        assert [Covered(1, 250, 310)] == coverage.take()


def test_nothing_counts_before_the_wished_start() -> None:
    """Of a log that is begun at a time, what lies before isn't covered, over restarts too."""
    coverage = Coverage({}, 1_000)
    coverage.read([], (100, 900))
    assert [] == coverage.take()
    coverage = _again(coverage)
    coverage.read([], (100, 1_200))

    assert [Covered(0, 1_000, 1_200)] == coverage.take()


def test_dates_put_right_move_it() -> None:
    """Holes that are filled later lie where the intervals were moved to."""
    coverage = Coverage({}, None)
    coverage.read([], (100, 200))
    coverage.cut(LOSS)
    coverage.redate(lambda time: time + 86_400)
    coverage.read([], (86_650, 86_700))
    coverage.take()
    coverage.join(LOSS)

    assert [Covered(0, 86_500, 86_650)] == coverage.take()


def test_quiet_grows_the_newest() -> None:
    """It needs an interval that can grow, never shrinks one, and is told with the next rows."""
    coverage = Coverage({}, None)
    assert not coverage.grow(50)
    coverage.read([], (100, 200))
    coverage.take()

    assert [False, True, False, True] == [coverage.grow(until) for until in (200, 260, 250, 300)]
    assert [Covered(0, 100, 300)] == coverage.take()
    assert [] == coverage.take()
    coverage.read([], (100, 280))
    assert ([Covered(0, 100, 300)], 300) == (coverage.take(), coverage.known)


def test_quiet_noted_after_the_last_commit_is_known_again() -> None:
    """A restart tells up to when it was quiet after the state was saved."""
    coverage = Coverage({}, None)
    coverage.read([], (100, 200))
    coverage.take()
    saved = coverage.state()
    coverage.grow(300)
    again = Coverage(saved, None, 300)

    assert coverage.state() == again.state()
    assert [Covered(0, 100, 300)] == coverage.take() == again.take()


def test_a_hole_that_is_filled_takes_no_quiet_back() -> None:
    """What comes back joins two intervals, also where the first had grown beyond the begin of the second."""
    coverage = Coverage({}, None)
    coverage.read([], (100, 200))
    coverage.grow(300)
    coverage.cut(LOSS)
    assert [Covered(0, 100, 300)] == coverage.take()
    assert not coverage.grow(400)
    coverage.read([], (250, 260))
    coverage.take()
    coverage = _again(coverage)
    coverage.join(LOSS)

    assert [Covered(0, 100, 300)] == coverage.take()


def test_a_re_base_forgets_how_far_it_was_known() -> None:
    """The interval that ends keeps the quiet; what is known begins anew."""
    coverage = Coverage({}, None)
    coverage.read([], (500, 600))
    coverage.grow(700)
    coverage.read([(500, 620)], (100, 110))

    assert [Covered(0, 500, 700), Covered(1, 100, 110)] == coverage.take()
    assert coverage.known is None
