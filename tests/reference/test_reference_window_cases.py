"""The reference windows where the worked examples have none: around gaps, products of several streams, odd zones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.reference.flexlm_reader import read
from tests.reference.flexlm_result import stamp
from tests.reference.site_facts import Capacity, Site, site_of
from tests.reference.window_facts import Stream
from tests.reference.window_grid import midnight, stamp_to_second, windows
from tests.reference.window_tables import decimals
from tests.reference.windows import Window, feature_windows, product_windows

VECTORS = Path(__file__).parents[1] / "vectors"
LATER = 1_800_000_000
BASE = ("srv", "acornd", "acorn_base")

Row = tuple[str, int, int, int, int, int, int]

AROUND_GAPS: dict[str, list[Row]] = {
    # feature, then of an hour: seconds covered, seat seconds, highest and lowest level, users, suspect seats
    "26-stop-lost-in-a-gap": [
        ("acorn_base", 1201, 601 + 2, 3, 0, 2, 0),
        ("acorn_base", 3600, 2 * 1800 + 2400, 3, 0, 2, 0),
    ],
    "27-start-lost-in-a-gap": [
        ("acorn_base", 601 + 600, 1 + 600, 2, 0, 2, 0),
        ("acorn_base", 1501, 600, 1, 0, 1, 0),
    ],
    "28-stop-and-start-lost-in-a-gap": [
        ("acorn_base", 901, 301 + 1, 2, 0, 2, 0),
        ("acorn_base", 1801, 1800 + 1801 + 1200, 3, 1, 2, 1),
    ],
    "29-gap-expiry": [
        ("acorn_base", 841, 241 + 121 + 1, 3, 0, 3, 0),
        ("acorn_base", 3600, 3600 + 1800 + 3 * 1800 + 3600, 5, 3, 3, 0),
        ("acorn_base", 3600, 5 * 3600, 5, 5, 3, 0),
        ("acorn_base", 1801, 600 + 3 * 1800, 4, 0, 2, 0),
    ],
    "30-reset-after-a-gap": [
        ("acorn_base", 1201, 601, 1, 0, 1, 0),
        ("acorn_base", 2401, 600, 1, 0, 1, 0),
        ("brook_cfd", 1201, 2, 2, 0, 1, 0),
        ("brook_cfd", 2401, 2 * 2400, 2, 0, 1, 0),
    ],
    "31-gap-withdrawn": [
        ("acorn_base", 3600, 1800 + 2400 + 600, 2, 0, 3, 0),
        ("acorn_base", 3600, 3600 + 1800, 2, 1, 2, 0),
    ],
}


@pytest.mark.parametrize("case", sorted(AROUND_GAPS))
def test_hours_around_a_gap(case: str) -> None:
    """A gap's seconds are not covered; suspect is who was open at its start and was not heard of up to the end."""
    lines = (VECTORS / case / "input.log").read_bytes().splitlines(keepends=True)
    lost = []
    for row in (VECTORS / case / "lost.csv").read_text(encoding="utf-8").splitlines()[1:]:
        first, last, fate = row.split(",")
        if fate == "lost":
            del lines[int(first) - 1 : int(last)]
            lost.append(int(first))
    expiry = 7200 if "gap_expiry" in (VECTORS / case / "config.yaml").read_text(encoding="utf-8") else 86400
    streams = [Stream("srv", read([b"".join(lines)], "UTC", None, LATER, lost, expiry))]
    found = [
        (feature, it.covered_seconds, it.seat_seconds, it.in_use_max, it.in_use_min, it.users, it.suspect_seats)
        for (_, _, feature), of_feature in sorted(feature_windows(streams, Site("UTC"), "hourly").items())
        for it in of_feature
    ]
    assert AROUND_GAPS[case] == found[: len(AROUND_GAPS[case])]


def test_in_doubt_for_no_second_is_not_in_doubt() -> None:
    """Of two sessions open at the start of a gap, one that stops in that second is not suspect."""
    events = ["8:10:00 OUT amber", "8:20:00 OUT birch", "8:20:01 IN amber", "8:40:00 OUT clover"]
    (hour,) = feature_windows([stream("srv", *events, lost=[4])], Site("UTC"), "hourly")[BASE]
    assert (2, 1, 2401) == (hour.in_use_max, hour.suspect_seats, hour.covered_seconds)


def test_a_session_open_at_the_end_stays_out_of_later_days() -> None:
    """Where a log ends on an earlier day than it began, what is open adds nothing to the later days."""
    data = (
        b'9:00:00 (acornd) TIMESTAMP 3/12/2024\n9:10:00 (acornd) OUT: "acorn_base" amber@ws-01\n'
        b'9:20:00 (acornd) IN: "acorn_base" amber@ws-01\n9:30:00 (acornd) TIMESTAMP 3/12/2024\n'
        b'8:00:00 (acornd) TIMESTAMP 3/4/2024\n8:10:00 (acornd) OUT: "acorn_base" birch@ws-02\n'
    )
    log = Stream("srv", read([data], "UTC", None, LATER))
    found = feature_windows([log], Site("UTC"), "longterm")[BASE]
    assert [(1, 1, 1), (600, 1, 1)] == [(it.seat_seconds, it.in_use_max, it.users) for it in found]


def test_an_hour_inside_a_gap_has_no_row() -> None:
    """What nothing covers has no row, though the session that spans the gap has seats there."""
    log = stream("srv", "8:10:00 OUT amber", "11:20:00 IN amber", lost=[3])
    assert ["08", "11"] == hours_of(feature_windows([log], Site("UTC"), "hourly")[BASE])


def stream(server: str, *events: str, lost: Sequence[int] = (), begin: str = "8:00:00") -> Stream:
    """Write a log of 5 March 2024 and read it: ``8:10:00 OUT amber``, also with a feature at the end."""
    lines = [f"{begin} (acornd) TIMESTAMP 3/5/2024"]
    for event in events:
        time, verb, user, *feature = event.split()
        tail = "(Licensed number of users already reached. (-4,342))" if verb == "DENIED" else ""
        lines.append(f'{time:>8} (acornd) {verb}: "{feature[0] if feature else "acorn_base"}" {user}@ws-01  {tail}')
    return Stream(server, read(["\n".join([*lines, ""]).encode()], "UTC", None, LATER, lost))


def hours_of(found: list[Window]) -> list[str]:
    """Return the hours that have rows."""
    return [stamp(it.start)[11:13] for it in found]


def pool(*features: str, servers: tuple[str, ...] = ("one", "two")) -> Site:
    """Give a site with one product of features of several servers."""
    members = [(server, "acornd", feature) for server in servers for feature in features]
    return Site("UTC", products={"pool": members})


def test_stops_come_first_in_a_second_of_several_streams() -> None:
    """A seat that goes back on one server in the second in which one is taken on another is not counted twice."""
    streams = [
        stream("one", "8:30:00 OUT birch", "8:40:00 IN birch"),
        stream("two", "8:10:00 OUT amber", "8:30:00 IN amber", "8:50:00 OUT amber", "8:50:00 IN amber"),
    ]
    (hour,) = product_windows(streams, pool("acorn_base"), "hourly")["pool"]
    assert (1, 0, 1800, 2, 3, 3) == (*hour[2:5], hour.users, hour.checkouts, hour.checkins)


def test_a_product_knows_who_was_granted_elsewhere() -> None:
    """Turned away by one server and let in by another within 10 s is no effective denial of the product."""
    streams = [
        stream("one", "8:20:00 DENIED amber", "9:30:00 OUT birch"),
        stream("two", "8:20:10 OUT amber", "9:30:00 IN amber"),
    ]
    site = pool("acorn_base")
    refused = feature_windows(streams, site, "hourly")["one", "acornd", "acorn_base"][0]
    granted = product_windows(streams, site, "hourly")["pool"][0]
    assert (1, 0, 1) == (refused.denials, refused.denials_waited, refused.denials_refused)
    assert (1, 0, 0) == (granted.denials, granted.denials_waited, granted.denials_refused)


def test_one_attempt_at_two_features_is_one_episode_of_their_product() -> None:
    """Denied both features of a product at once, a user was turned away once from the product."""
    log = stream("one", "8:20:00 DENIED amber", "8:20:00 DENIED amber acorn_mesh", "9:30:00 OUT birch")
    site = pool("acorn_base", "acorn_mesh", servers=("one",))
    assert [1, 1] == [it[0].denials_refused for it in feature_windows([log], site, "hourly").values()]
    (hour, _) = product_windows([log], site, "hourly")["pool"]
    assert (2, 1) == (hour.denials, hour.denials_refused)


def test_a_product_goes_on_when_one_server_follows_another() -> None:
    """A product has rows wherever one of its members is covered."""
    streams = [
        stream("one", "8:10:00 OUT amber", "8:30:00 IN amber"),
        stream("two", "11:20:00 OUT birch", begin="11:10:00"),
    ]
    found = product_windows(streams, pool("acorn_base"), "hourly")["pool"]
    assert [("08", 1801), ("11", 601)] == [(stamp(it.start)[11:13], it.covered_seconds) for it in found]


def test_a_day_of_a_product_counts_what_its_hours_count() -> None:
    """A line in an hour that is a hole of another member is in no hour and no day of the product."""
    one = stream("one", "8:10:00 OUT amber", "11:20:00 IN amber", lost=[3])
    two = stream("two", "8:30:00 OUT birch", "9:30:00 IN birch")
    hours, days = (product_windows([one, two], pool("acorn_base"), tier)["pool"] for tier in ("hourly", "longterm"))
    assert ["08", "11"] == hours_of(hours)
    assert [(2, 1)] == [(day.checkouts, day.checkins) for day in days]


def test_seats_that_nobody_uses_have_rows() -> None:
    """A capacity date is a first sight: a feature without any line has zeros and its seats issued from then on."""
    log = stream("srv", "9:30:00 OUT amber")
    begin = stamp_to_second("2024-03-05T09:10:00Z")
    site = Site("UTC", [Capacity(("srv", "acornd", "acorn_mesh"), begin, 5)])
    (hour,) = feature_windows([log], site, "hourly")["srv", "acornd", "acorn_mesh"]
    assert (begin - 600, 0, 0, 1801, 5 * 1201) == (
        hour.start,
        hour.in_use_max,
        hour.users,
        hour.covered_seconds,
        int(hour.issued * hour.covered_seconds),
    )


def test_a_configuration_is_read() -> None:
    """Capacity begins at midnight of its source's zone, components are no members, the denial rule is the site's."""
    feature = {"server": "srv", "vendor": "acornd", "feature": "acorn_base"}
    site = site_of(
        {
            "site": {"timezone": "UTC"},
            "sources": [{"server": "srv", "timezone": "Asia/Kolkata"}],
            "capacity": [feature | {"seats": seats, "from": date(2024, 3, 6)} for seats in (2, 3)],
            "products": [{"name": "Acorn", "members": [feature | {"components": ["acorn_mesh"]}]}],
            "denials": {"retry_window": 60},
        }
    )
    begin = stamp_to_second("2024-03-05T18:30:00Z")
    assert [0, 3] == [site.issued(BASE, begin - 1), site.issued(BASE, begin)]
    assert ({"Acorn": [BASE]}, (10, 60)) == (site.products, site.rule)


@pytest.mark.parametrize(
    ("zone", "begin", "lengths"),
    [
        ("Asia/Kolkata", "2024-03-05T18:30:00Z", [60, 60]),
        ("Australia/Lord_Howe", "2024-04-06T14:00:00Z", [60, 30, 60]),
        ("Australia/Lord_Howe", "2024-10-05T14:30:00Z", [60, 30, 60]),
    ],
)
def test_hours_of_odd_zones(zone: str, begin: str, lengths: list[int]) -> None:
    """Hours begin on whole hours of the site's clock, and where it is put back or forward by half an hour."""
    start = stamp_to_second(begin)
    found = windows("hourly", zone, start, start + 60 * sum(lengths))
    assert start == found[0][0]
    assert lengths == [(last - first) // 60 for first, last in found]


def test_a_day_without_midnight() -> None:
    """A day whose midnight the clock leaps over begins with the leap, and has 23 hours."""
    leap = midnight(date(2024, 3, 31), ZoneInfo("Asia/Beirut"))
    assert "2024-03-30T22:00:00Z" == stamp(leap)
    assert [(leap, leap + 23 * 3600)] == windows("longterm", "Asia/Beirut", leap, leap + 1)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0.333333", Fraction(1, 3)),
        ("0.666667", Fraction(2, 3)),
        ("12.000000", Fraction(12)),
        ("0.007812", Fraction(1, 128)),
        ("0.000312", Fraction(1, 3200)),
        ("0.000938", Fraction(3, 3200)),
    ],
)
def test_six_decimals(written: str, value: Fraction) -> None:
    """A mean is rounded from its exact value; where that lies in the middle (in days it does) to the even neighbour."""
    assert written == decimals(value)
