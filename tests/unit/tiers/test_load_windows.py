"""Windows of loads, by hand and against a count of every use by itself."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from exporter.catalog.tiers import HOURLY, LIVE, LONGTERM, TIERS, Tier
from exporter.tiers.calendar import window_holding
from exporter.tiers.loads import LoadSums, load_windows

MADRID = ZoneInfo("Europe/Madrid")
NIGHT = int(datetime(2024, 10, 27, 0, 30, tzinfo=UTC).timestamp())
"""Half past two, for the first time, in the night in which Madrid's clocks go back."""

Uses = list[tuple[int, str, int]]


def found(tier: Tier, uses: Uses) -> list[tuple[int, int, LoadSums]]:
    """Return start, length and sums of each window."""
    return [(starts[0], starts.step, sums) for starts, sums in load_windows(tier, MADRID, uses)]


def test_by_hand() -> None:
    """Loads are added up, each user counts once, and a window in which nothing was loaded isn't there."""
    uses = [(NIGHT, "ann", 1), (NIGHT + 59, "Ann", 2), (NIGHT + 60, "bo", 1), (NIGHT + 180, "ann", 1)]

    assert [
        (NIGHT, 60, LoadSums(3, 1)),
        (NIGHT + 60, 60, LoadSums(1, 1)),
        (NIGHT + 180, 60, LoadSums(1, 1)),
    ] == found(LIVE, uses)
    assert [(NIGHT - 1800, 3600, LoadSums(5, 2))] == found(HOURLY, uses)


def test_a_day_may_have_25_hours() -> None:
    """Hours and days are those of the site's zone."""
    (day,) = found(LONGTERM, [(NIGHT, "ann", 1), (NIGHT + 22 * 3600, "bo", 1)])

    assert (NIGHT - 9000, 25 * 3600, LoadSums(2, 2)) == day
    assert [] == found(LONGTERM, [])


uses_ = st.lists(st.tuples(st.integers(NIGHT, NIGHT + 200_000), st.sampled_from("aAbc"), st.integers(1, 3))).map(sorted)


@given(uses_)
def test_every_use_is_in_its_window(uses: Uses) -> None:
    """In each tier the windows are those that hold a use, with all of its loads and users and no others."""
    for tier in TIERS:
        held: dict[tuple[int, int], Uses] = {}
        for use in uses:
            held.setdefault(window_holding(tier, MADRID, use[0]), []).append(use)
        expected = [
            (start, end - start, LoadSums(sum(n for *_, n in inside), len({user.lower() for _, user, _ in inside})))
            for (start, end), inside in sorted(held.items())
        ]
        assert expected == found(tier, uses)
