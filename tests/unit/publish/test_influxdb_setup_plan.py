"""What has to be done to an InfluxDB: from what there is and what the configuration wants to steps, with no server."""

from __future__ import annotations

import pytest

from exporter.publish.influxdb.policies import statement_for
from exporter.publish.influxdb.setup import Found, Plan, Step, plan
from exporter.publish.influxdb.storage import LONGEST, Storage, spoken, wanted

HOUR, DAY, YEAR = 3600, 86_400, 365 * 86_400
DEFAULTS = wanted({"live": 35 * DAY, "hourly": 2 * YEAR, "longterm": 10 * YEAR})
LIVE, HOURLY, LONGTERM = DEFAULTS


def planned(*there: Storage, wanted: tuple[Storage, ...] = DEFAULTS, database: bool = True) -> Plan:
    """Return the plan for a server that has these."""
    found = Found({one.tier: one for one in there}, database=database)
    return plan(found, wanted, lambda tier: f"the policy {tier}")


def test_the_defaults_have_shards_that_fit() -> None:
    """Minutes lie in shards of a day, hours of 30 days, days of 520 weeks."""
    assert (
        Storage("live", 35 * DAY, DAY),
        Storage("hourly", 2 * YEAR, 30 * DAY),
        Storage("longterm", 10 * YEAR, 520 * 7 * DAY),
    ) == DEFAULTS


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        (None, Storage("longterm", None, 520 * 7 * DAY)),
        (5 * YEAR, Storage("longterm", 5 * YEAR, 5 * YEAR)),
        (1800, Storage("longterm", HOUR, HOUR)),
        (0, Storage("longterm", HOUR, HOUR)),
        (LONGEST, Storage("longterm", LONGEST, 520 * 7 * DAY)),
        (LONGEST + 1, Storage("longterm", None, 520 * 7 * DAY)),
    ],
    ids=["for ever", "shorter than the shard", "shorter than an hour", "nothing", "292 years", "longer than that"],
)
def test_what_servers_refuse_is_never_wanted(keep: int | None, expected: Storage) -> None:
    """No shard outlasts what is kept, nothing is kept for less than an hour, and 0 never turns into for ever."""
    assert expected == wanted({"live": DAY, "hourly": DAY, "longterm": keep})[2]


def test_nothing_is_planned_where_all_is_well() -> None:
    """A server that is as the configuration says has no steps."""
    assert Plan((), ()) == planned(*DEFAULTS)


def test_from_nothing() -> None:
    """Without the database, it is made with the first policy as its default, and then the other two."""
    steps = planned(database=False).steps

    assert [("database", LIVE), ("create", HOURLY), ("create", LONGTERM)] == [(s.kind, s.storage) for s in steps]
    assert (
        "Make the database, with the policy live as its default: keep points for 35 days, in shards of 1 day."
        == steps[0].sentence
    )
    assert "Make the policy longterm: keep points for 10 years, in shards of 520 weeks." == steps[2].sentence


def test_only_what_is_missing_is_made() -> None:
    """Where the database and two policies are there, the third alone is made."""
    assert [("create", HOURLY)] == [(step.kind, step.storage) for step in planned(LIVE, LONGTERM).steps]


@pytest.mark.parametrize("there", [40 * DAY, None])
def test_keeping_for_less_says_that_points_are_dropped(there: int | None) -> None:
    """A step that shortens what is kept is marked, and its sentence says what the server will do."""
    found = planned(LIVE._replace(keep=there), HOURLY, LONGTERM)

    assert found.drops
    assert (
        f"Change the policy live: keep points for 35 days instead of {spoken(there)}. "
        "The server then drops what is older than 35 days."
    ) == found.steps[0].sentence


@pytest.mark.parametrize("change", [{"keep": 30 * DAY}, {"shard": HOUR}, {"keep": 30 * DAY, "shard": HOUR}])
def test_keeping_for_longer_drops_nothing(change: dict[str, int]) -> None:
    """Longer retention and other shards are changed without a warning."""
    found = planned(LIVE._replace(**change), HOURLY, LONGTERM)

    assert ["change"] == [step.kind for step in found.steps]
    assert not found.drops
    assert "drops" not in found.steps[0].sentence


def test_a_server_that_tells_no_shards_is_left_alone() -> None:
    """Where the length of shards isn't told, it is never a difference: a second setup has nothing to do."""
    assert Plan((), ()) == planned(*(one._replace(shard=None) for one in DEFAULTS))


def test_nothing_is_planned_for_a_server_that_cannot_be_set_up() -> None:
    """Such a server gets no steps, only what is said of it."""
    found = plan(Found(None, notes=("By hand.",)), DEFAULTS, str)

    assert Plan((), ("By hand.",), possible=False) == found


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            Step("database", LIVE, ""),
            'CREATE DATABASE "a\\"; DROP" WITH DURATION 3024000s REPLICATION 1 SHARD DURATION 86400s NAME "live"',
        ),
        (
            Step("create", LONGTERM._replace(keep=None), ""),
            'CREATE RETENTION POLICY "longterm" ON "a\\"; DROP" DURATION INF REPLICATION 1 SHARD DURATION 314496000s',
        ),
        (
            Step("change", HOURLY, ""),
            'ALTER RETENTION POLICY "hourly" ON "a\\"; DROP" DURATION 63072000s SHARD DURATION 2592000s',
        ),
    ],
    ids=["database", "create", "change"],
)
def test_statements(step: Step, expected: str) -> None:
    """Each kind of step is one statement, and a quote in the name of a database stays in the name."""
    assert expected == statement_for('a"; DROP', step)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, "ever"),
        (2 * YEAR, "2 years"),
        (YEAR, "1 year"),
        (52 * 7 * DAY, "364 days"),
        (520 * 7 * DAY, "520 weeks"),
        (35 * DAY, "35 days"),
        (36 * HOUR, "36 hours"),
        (5400, "90 minutes"),
        (3601, "3,601 seconds"),
    ],
)
def test_durations_in_words(seconds: int | None, expected: str) -> None:
    """A duration is told in its largest whole unit."""
    assert expected == spoken(seconds)
