"""What is written to InfluxDB is found there: in a real 1.6, and in VictoriaMetrics, which takes what 2.x takes."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.catalog.tiers import LIVE
from exporter.catalog.windows import WINDOW_FIELDS
from exporter.errors import SinkAway, SinkRefuses, SinkRejects
from exporter.publish.influxdb.connection import connect
from exporter.publish.influxdb.lines import Lines
from exporter.publish.influxdb.sending import send
from exporter.records import Happening
from tests.contract.conftest import Open, PutBetween
from tests.servers.influxd import Influxd
from tests.servers.victoria_metrics import VictoriaMetrics
from tests.unit.publish.line_protocol import named

NAMES = [
    *(
        "MATLAB",
        "a b",
        "a,b",
        "a=b",
        "C:\\",
        "a\\\\b",
        "a\\ b",
        "a\\,b",
        "a\\=b",
        "\\",
        "\\\\",
        'say "so"',
        "it's",
        " lead",
    ),
    *(
        "trail ",
        "two\nlines",
        "tab\t\r",
        "\0\x1b\x7f\x85",
        "r\u00e4der",
        "\U0001f600",
        "\u2028",
        "\ufffd",
        "%",
        "%0A",
        "100%",
    ),
    *("", "#", "=", ",", " ", "a" * 5000, "\udcff", "select * from x; drop database y"),
]
FIELDS = [field.name for field in WINDOW_FIELDS]
HOUR = 3600


def raw(name: str) -> bytes:
    """Return the bytes of a name."""
    return name.encode("utf-8", "surrogateescape")


def plain(tags: Mapping[str, str]) -> dict[str, bytes]:
    """Return the names that tags stand for, without those that are not set."""
    return {key: named(value) for key, value in tags.items() if value and key != "__name__"}


def test_windows_of_every_name_come_back(influxd: Influxd, opened: Open, now: int) -> None:
    """Names of every kind, and each field of their windows, are found in InfluxDB 1.6 as they were written."""
    influxd.make(live="35d")
    lines = Lines("the site\\")
    rows = {
        (server, vendor, feature): ((now + 60 * n,), (n + 0.25, *range(n, n + 4), 20, *range(n + 5, n + 20)))
        for n, (server, vendor, feature) in enumerate(
            zip(NAMES, NAMES[1:] + NAMES[:1], NAMES[2:] + NAMES[:2], strict=True)
        )
    }

    outcome = send(
        opened(influxd.url), "live", [line for names, row in rows.items() for line in lines.windows(LIVE, names, [row])]
    )

    assert (len(NAMES), 0, []) == outcome
    found = {
        (plain(point.tags)["server"], plain(point.tags)["vendor"], plain(point.tags)["feature"]): (
            plain(point.tags)["site"],
            point.second,
            point.fields,
        )
        for point in influxd.points("licence_usage")
    }
    assert {
        tuple(map(raw, names)): (b"the site\\", starts[0], dict(zip(FIELDS, fields, strict=True)))
        for names, (starts, fields) in rows.items()
    } == found


EXAMPLES = count()
TEXTS = st.lists(st.sampled_from(", =\\\"'%\n\r\0\x850A") | st.characters(exclude_categories=["Cs"]), max_size=8).map(
    "".join
)
"""Every other character is a special one."""


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.tuples(TEXTS, TEXTS), min_size=1, max_size=30))
def test_events_of_every_name_come_back(influxd: Influxd, texts: set[tuple[str, str]]) -> None:
    """Whatever names and texts events have, InfluxDB 1.6 has each of them once, and no other."""
    database = f"d{next(EXAMPLES)}"
    influxd.make(database, live="inf")
    connection = connect(influxd.url, database=database)
    events = [Happening(n, "gap", name, name, text, text * 2) for n, (name, text) in enumerate(sorted(texts))]

    assert (len(events), 0, []) == send(connection, "live", list(Lines(database).events(events)))

    connection.close()
    found = influxd.points("licence_events", database=database)
    assert {(one.second, raw(one.server), raw(one.text)) for one in events} == {
        (point.second, plain(point.tags)["server"], b"%" if (text := point.fields["text"]) == "%" else named(text))
        for point in found
    }
    assert len(events) == len(found)


def test_a_window_written_twice_is_one(influxd: Influxd, opened: Open, now: int) -> None:
    """Writing a window again, with other numbers, replaces it; one that is covered no more has zeros."""
    influxd.make(live="35d")
    connection, lines, names = opened(influxd.url), Lines("x"), ("lic1", "MLM", "MATLAB")
    for first in (1, 2):
        connection.write("live", b"".join(lines.windows(LIVE, names, [((now, now - 60), range(first, first + 21))])))
    connection.write("live", b"".join(lines.windows(LIVE, names, [([now], None)])))

    assert [(now - 60, [*range(2, 23)]), (now, [0] * 21)] == [
        (point.second, [*point.fields.values()])
        for point in (
            one._replace(fields={key: one.fields[key] for key in FIELDS}) for one in influxd.points("licence_usage")
        )
    ]


def test_each_tier_has_its_place(influxd: Influxd, opened: Open, now: int) -> None:
    """Points of a tier are in its retention policy and in no other, in the database that was named."""
    influxd.make("other place", live="35d", hourly="730d", longterm="inf")
    connection = opened(influxd.url, database="other place")
    for n, tier in enumerate(("live", "hourly", "longterm")):
        connection.write(tier, b"m v=%d %d\n" % (n, now))

    assert [[0], [1], [2]] == [
        [point.fields["v"] for point in influxd.points("m", tier, "other place")]
        for tier in ("live", "hourly", "longterm")
    ]


@pytest.mark.parametrize("missing", ["database", "policy"])
def test_a_place_that_is_missing(influxd: Influxd, opened: Open, now: int, missing: str) -> None:
    """Without database or retention policy no line is set aside: a message says that setup makes them."""
    if missing == "policy":
        influxd.make(live="35d")

    with pytest.raises(SinkRefuses, match=r"has no licences/hourly .* run `seatwatch influxdb setup`"):
        send(opened(influxd.url), "hourly", [b"m v=1 %d\n" % now])


def test_bad_lines_among_good_ones(influxd: Influxd, opened: Open, now: int) -> None:
    """Lines that 1.6 can't take are set aside with its words, and all others are stored."""
    influxd.make(live="35d")
    good = [b"m v=%d %d\n" % (n, now - n) for n in range(1000)]
    connection = opened(influxd.url)
    connection.write("live", good[0])
    bad = [b"m v= %d\n" % now, b'm v="text" %d\n' % (now + 1)]

    outcome = send(connection, "live", [*good[:300], bad[0], *good[300:700], bad[1], *good[700:]])

    assert (1000, 0) == outcome[:2]
    assert [(bad[0], True), (bad[1], True)] == [
        (line, words in told)
        for (line, told), words in zip(outcome.refused, ("missing field value", "field type conflict"), strict=True)
    ]
    assert list(range(1000)) == sorted(point.fields["v"] for point in influxd.points("m"))


def test_points_older_than_the_policy(influxd: Influxd, opened: Open, now: int) -> None:
    """Points that 1.6 keeps no more are counted, whatever bad line they hide, and the others stored, once each."""
    influxd.make(live="2h")
    ages = [0, 9 * HOUR, 60, 8 * HOUR, 10 * HOUR, 120]
    lines = [b"m v=%d %d\n" % (age, now - age) for age in ages]

    outcome = send(opened(influxd.url), "live", [*lines, b"m v= %d\n" % now])

    assert (3, 3, [b"m v= %d\n" % now]) == (outcome.sent, outcome.too_old, [line for line, _ in outcome.refused])
    assert [0, 60, 120] == sorted(point.fields["v"] for point in influxd.points("m"))


def test_too_many_series_are_no_fault_of_a_line(start_influxd: Callable[..., Influxd], opened: Open, now: int) -> None:
    """Where the server's limit of series is reached, nothing is set aside: somebody has to raise it."""
    influxd = start_influxd({"INFLUXDB_DATA_MAX_SERIES_PER_DATABASE": "3", "INFLUXDB_DATA_INDEX_VERSION": "inmem"})
    influxd.make(live="35d")

    with pytest.raises(SinkRefuses, match="takes no more series; raise that limit"):
        send(opened(influxd.url), "live", [b"m,a=%d v=1 %d\n" % (n, now) for n in range(9)])


def test_users_and_passwords(start_influxd: Callable[..., Influxd], opened: Open, now: int) -> None:
    """The right password is let in, whatever it holds; a wrong one, none, and one of a mere reader are told apart."""
    influxd = start_influxd({"INFLUXDB_HTTP_AUTH_ENABLED": "true"})
    password = "p: \u00e4\u20ac@/%"  # noqa: S105 -- of a server that lives for a second
    influxd.ask(f"CREATE USER admin WITH PASSWORD '{password}' WITH ALL PRIVILEGES")
    known = {"u": "admin", "p": password}
    influxd.ask("CREATE DATABASE licences WITH DURATION inf REPLICATION 1 NAME live", **known)
    influxd.ask("CREATE USER reader WITH PASSWORD 'r'", **known)
    influxd.ask("GRANT READ ON licences TO reader", **known)
    line = b"m v=1 %d\n" % now

    opened(influxd.url, user="admin", password=password).write("live", line)

    assert 1 == len(influxd.ask("SELECT v FROM licences.live.m", **known)[0]["values"])
    for keys, told in (
        (
            {"user": "admin", "password": "wr0ng"},
            r"does not know us; correct user and password_file .*\(401: authorization",
        ),
        ({}, r"does not know us; correct user and password_file .*\(401: unable to parse auth"),
        ({"user": "reader", "password": "r"}, r"does not let us write to licences/live; give user .*\(403: "),
        ({"token": "t0ken"}, r"does not know us; correct user and password_file .*\(401: "),
    ):
        with pytest.raises(SinkRefuses, match=told) as refused:
            opened(influxd.url, **keys).write("live", line)
        assert not [secret for secret in ("wr0ng", "t0ken", password) if secret in str(refused.value)]


def test_a_server_that_is_killed(influxd: Influxd, opened: Open, now: int) -> None:
    """While the server is gone that is told; what it had taken is there when it is back, and writing goes on."""
    influxd.make(live="35d")
    connection = opened(influxd.url)
    connection.write("live", b"m v=1 %d\n" % now)
    influxd.kill()

    with pytest.raises(SinkAway, match=r"^InfluxDB at http://127.0.0.1:\d+ can't be reached: "):
        connection.write("live", b"m v=2 %d\n" % (now + 1))

    influxd.start()
    connection.write("live", b"m v=3 %d\n" % (now + 2))
    assert [1, 3] == [point.fields["v"] for point in influxd.points("m")]


def test_windows_in_victoria_metrics(victoria_metrics: VictoriaMetrics, opened: Open, now: int) -> None:
    """What is written as to InfluxDB 2 is found in VictoriaMetrics: each field a metric, with the names as labels."""
    start = now - 3 * HOUR
    names = [name for name in NAMES if "\x00" not in name]
    lines = Lines("the site")
    rows = {
        name: ((start + 60, start + 120), (n + 0.25, *range(n, n + 4), 20, *range(n + 5, n + 20)))
        for n, name in enumerate(names)
    }
    connection = opened(victoria_metrics.url)

    outcome = send(
        connection,
        "live",
        [line for name, row in rows.items() for line in lines.windows(LIVE, (name, "v", name), [row])],
    )

    assert (2 * len(names), 0, []) == outcome
    for at, field in enumerate(FIELDS):
        found = victoria_metrics.samples(f"licence_usage_{field}", start + HOUR)
        assert {
            raw(name): [(start, float(fields[at])) for start in starts] for name, (starts, fields) in rows.items()
        } == {plain(tags)["feature"]: samples for tags, samples in found}
        assert all(plain(tags)["feature"] == plain(tags)["server"] for tags, _ in found)


def test_a_long_body_is_packed(influxd: Influxd, put_between: PutBetween, opened: Open, now: int) -> None:
    """A body of some size goes over the line packed, a short one as it is, and the server has the points of both."""
    influxd.make(live="35d")
    between = put_between(influxd.url)
    connection = opened(between.url)
    lines = [b"m v=%d %d\n" % (n, now - n) for n in range(2000)]
    connection.write("live", b"".join(lines[:10]))
    connection.write("live", b"".join(lines[10:]))

    _, short, long = between.seen
    assert b"".join(lines[:10]) == short.body
    assert "gzip" == long.headers["Content-Encoding"]
    assert b"".join(lines[10:]) == gzip.decompress(long.body)
    assert 2000 == len(influxd.points("m"))


def test_rubbish_is_rejected(influxd: Influxd, opened: Open) -> None:
    """Bytes that are no lines at all are the body's fault and not the server's."""
    influxd.make(live="35d")

    with pytest.raises(SinkRejects, match="unable to parse"):
        opened(influxd.url).write("live", b"\xff\xfe rubbish\n")
