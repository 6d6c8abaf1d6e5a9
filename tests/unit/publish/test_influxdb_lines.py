"""Windows and events as line protocol, read back by a reader of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.catalog.influxdb import EVENTS, PRODUCT_USAGE, USAGE
from exporter.catalog.tiers import HOURLY, LIVE, LONGTERM, TIERS
from exporter.catalog.windows import WINDOW_FIELDS
from exporter.publish.influxdb.lines import Lines, tag
from exporter.records import Happening
from tests.unit.publish.line_protocol import named, read

SPECIAL = ", =\\\"'%\n\r\t\0\x1b\x7f\x85#0Aa\u00e4\u2028\ufffd\U0001f600\udc80\udcff"
NAMES = st.lists(st.sampled_from(SPECIAL) | st.characters(exclude_categories=["Cs"]), max_size=12).map("".join)
"""Every other character is a special one."""
FIELDS = tuple(range(1, 22))


def raw(name: str) -> bytes:
    """Return the bytes of a name."""
    return name.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MATLAB", "MATLAB"),
        ("a b,c=d", r"a\ b\,c\=d"),
        ("\"quoted\" 'so'", "\"quoted\"\\ 'so'"),
        ("C:\\", "C:%5C"),
        (r"a\b", r"a\b"),
        (r"a\\b", r"a%5C\b"),
        (r"a\ b\,c\=", r"a%5C\ b%5C\,c%5C\="),
        ("two\nlines\r\t", "two%0Alines%0D%09"),
        ("\0\x1b\x7f\x85", "%00%1B%7F%C2%85"),
        ("r\u00e4der \U0001f600", "r\u00e4der\\ \U0001f600"),
        ("\udcff", "%FF"),
        ("100%", "100%"),
        ("%0A %zz", r"%250A\ %zz"),
        ("%", "%25"),
        ("", "%"),
        ("\ud800", "?"),
    ],
)
def test_a_name_as_a_tag(name: str, expected: str) -> None:
    """Special characters are escaped, and what a server can't hold is written with percent signs."""
    assert expected == tag(name)


@given(st.tuples(NAMES, NAMES, NAMES), NAMES)
def test_names_of_every_kind_come_back(names: tuple[str, str, str], site: str) -> None:
    """Whatever the names hold, one line is one point with these names, however a reader takes two backslashes."""
    (line,) = Lines(site).windows(LIVE, names, [((60,), FIELDS)])

    point = read(line)

    assert point == read(line, pairs=True)
    assert ("licence_usage", 60) == (point.measurement, point.second)
    server, vendor, feature = map(raw, names)
    expected = {"server": server, "vendor": vendor, "feature": feature, "site": raw(site)}
    assert expected == {key: named(value) for key, value in point.tags.items()}


@given(NAMES, NAMES, NAMES, NAMES)
def test_texts_of_every_kind_come_back(kind: str, vendor: str, title: str, text: str) -> None:
    """Whatever an event's title and text hold, they come back; a vendor that is not named is no tag."""
    (line,) = Lines("x").events([Happening(7, kind, "lic1", vendor, title, text)])

    point = read(line)

    assert ("licence_events", 7) == (point.measurement, point.second)
    expected = {"kind": raw(kind), "server": b"lic1", "site": b"x"} | ({"vendor": raw(vendor)} if vendor else {})
    assert expected == {key: named(value) for key, value in point.tags.items()}
    strings = [str(point.fields[field.name]) for field in EVENTS.fields]
    assert [raw(title), raw(text)] == [b"%" if one == "%" else named(one) for one in strings]


def test_a_text_keeps_what_only_a_tag_cannot_hold() -> None:
    """In a text, backslashes and a lone percent sign stay what they are."""
    (line,) = Lines("x").events([Happening(7, "gap", "lic1", "", "%", "C:\\ \\")])

    assert {"title": "%", "text": "C:\\ \\"} == read(line).fields


def test_a_window_of_a_feature() -> None:
    """A line has the tags in the order of their names, every field in its type, and the second."""
    (line,) = Lines("north").windows(
        LIVE, ("lic1", "MLM", "MATLAB"), [((1_700_000_000,), (1.5, *range(2, 6), 20, *FIELDS[6:]))]
    )

    assert line == (
        b"licence_usage,feature=MATLAB,server=lic1,site=north,vendor=MLM in_use_mean=1.500000,in_use_max=2i,"
        b"in_use_min=3i,seat_seconds=4i,covered_seconds=5i,issued=20.000000,saturated_seconds=7i,"
        b"over_issued_seconds=8i,seconds_ge_50=9i,seconds_ge_75=10i,seconds_ge_90=11i,seconds_ge_95=12i,"
        b"seconds_ge_100=13i,checkouts=14i,checkins=15i,denials=16i,denials_waited=17i,denials_refused=18i,"
        b"queued_max=19i,users=20i,suspect_seats=21i 1700000000\n"
    )


def test_windows_that_tell_their_tier() -> None:
    """Where the tier is to be a tag it stands in its place among the others, of features and of products."""
    lines = Lines("north", tag_tier=True)

    (usage,) = lines.windows(LONGTERM, ("lic1", "MLM", "MATLAB"), [((60,), None)])
    (product,) = lines.windows(HOURLY, ("all",), [((60,), None)])
    assert usage.startswith(
        b"licence_usage,feature=MATLAB,server=lic1,site=north,tier=longterm,vendor=MLM in_use_mean="
    )
    assert product.startswith(b"licence_product_usage,product=all,site=north,tier=hourly in_use_mean=")
    alike = {line for tier in TIERS for line in Lines("north").windows(tier, ("all",), [((60,), None)])}
    assert 1 == len(alike)


def test_windows_of_a_product() -> None:
    """Windows of a product have their own measurement, and alike ones a line for each start, with the same fields."""
    lines = list(Lines("north").windows(LIVE, ("100%ok",), [(range(0, 180, 60), FIELDS), ((600,), (0,) * 21)]))

    points = [read(line) for line in lines]

    assert [("licence_product_usage", {"product": "100%ok", "site": "north"})] * 4 == [point[:2] for point in points]
    assert [0, 60, 120, 600] == [point.second for point in points]
    names = [field.name for field in WINDOW_FIELDS]
    assert [dict(zip(names, FIELDS, strict=True))] * 3 == [point.fields for point in points[:3]]


@given(st.lists(st.floats(0, 1e9), min_size=2, max_size=2), st.lists(st.integers(0, 2**62), min_size=19, max_size=19))
def test_numbers_come_back_in_their_types(means: list[float], whole: list[int]) -> None:
    """Means and seats issued are floats with six decimals even when they are whole, all else is an integer."""
    fields = (means[0], *whole[:4], means[1], *whole[4:])

    (line,) = Lines("x").windows(LIVE, ("p",), [((0,), fields)])

    found = list(read(line).fields.values())
    expected = [
        round(value, 6) if field.kind == "real" else value for field, value in zip(WINDOW_FIELDS, fields, strict=True)
    ]
    assert expected == pytest.approx(found, abs=1e-6, rel=1e-15)
    assert [{"real": float, "whole": int}[field.kind] for field in WINDOW_FIELDS] == [type(value) for value in found]


def test_windows_that_are_covered_no_more() -> None:
    """They are written with all fields zero, in the types that they always have."""
    lines = Lines("x")
    names = ("lic1", "MLM", "MATLAB")

    assert [*lines.windows(LIVE, names, [((60, 120), (0.0, *(0,) * 20))])] == [
        *lines.windows(LIVE, names, [((60, 120), None)])
    ]


def test_nothing_makes_no_lines() -> None:
    """No windows, no events and no starts make no line."""
    lines = Lines("x")

    assert [] == [
        *lines.windows(LIVE, ("p",), []),
        *lines.windows(LIVE, ("p",), [((), FIELDS)]),
        *lines.windows(LIVE, ("p",), [((), None)]),
        *lines.events([]),
    ]


def test_tags_are_in_the_order_that_servers_sort_them_into() -> None:
    """The catalog's tags stand in the order of their names, so that no server has to sort them."""
    assert all(list(one.tags) == sorted(one.tags) for one in (USAGE, PRODUCT_USAGE, EVENTS))


def test_loads_have_a_measurement_of_their_own() -> None:
    """A module that was loaded is a point of `module_loads` with its cluster; what was taken back is zero."""
    rows = [((60, 120), (3, 2)), ((180,), None)]

    assert [
        b"module_loads,module=gcc/5.4.0,server=stampede2,site=x loads=3i,users=2i 60\n",
        b"module_loads,module=gcc/5.4.0,server=stampede2,site=x loads=3i,users=2i 120\n",
        b"module_loads,module=gcc/5.4.0,server=stampede2,site=x loads=0i,users=0i 180\n",
    ] == list(Lines("x").windows(LIVE, ("stampede2", "lmod", "gcc/5.4.0"), rows, "loads"))


def test_transfers_have_a_measurement_of_their_own() -> None:
    """Files to a client are a point of `transfers`, with machine, direction and product; errors tell no product."""
    fields = (3, 900, 1, 1, 0, 3, 0, 40, 47, 7, 40, 40)
    (sent, lost) = (
        line
        for product in ("SA", "")
        for line in Lines("x").windows(LIVE, ("px1", "tx", "pier 2", product), [((60,), fields)], "transfers")
    )

    assert sent == (
        b"transfers,client=pier\\ 2,direction=tx,machine=px1,product=SA,site=x files=3i,bytes=900i,errors=1i,"
        b"late_files=1i,negative_latencies=0i,latencies=3i,latency_min=0i,latency_max=40i,latency_sum=47i,"
        b"latency_median=7i,latency_p95=40i,latency_p99=40i 60\n"
    )
    assert b",product=%,site=x " in lost
