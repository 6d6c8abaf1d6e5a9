r"""
Questions in InfluxQL that nothing in a name can break, in what InfluxDB 1.x, 2.x and 3 share of the language. Pure.

No INTEGRAL, SLIMIT, SHOW SERIES or cardinality (3 lacks them), no SELECT INTO (2 lacks it). Where names are chosen by a
variable, they come in as a regular expression that Grafana escapes: ``"feature" =~ /^${feature:regex}$/``. The format
has to be named: without it Grafana leaves names as they are that begin with a digit, or that stand in other places than
it expects (public/app/plugins/datasource/influxdb/datasource.ts). All names stand in double quotes, for ``users`` is a
reserved word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from exporter.catalog.influxdb import EVENTS, MODULE_LOADS, PRODUCT_USAGE, TRANSFERS, USAGE, USAGE_BY, Measurement
from exporter.catalog.tiers import HOURLY, LONGTERM, Tier

TIME = "$timeFilter"
"""Grafana's: the range of the board, or of the panel where that has one of its own."""
ROWS = 500
"""Rows of a table at most: no table takes every name of a large site without a limit."""


class Origin(NamedTuple):
    """Where points come from: windows of a tier."""

    tier: Tier
    measurement: Measurement

    @property
    def has_coverage(self) -> bool:
        """Whether its points tell how much of their window is covered: those of nothing are zeros, and left out."""
        return any(field.name == "covered_seconds" for field in self.measurement.fields)

    def __str__(self) -> str:
        """Return it as FROM takes it; the data source names the database."""
        return f"{identifier(self.tier.name)}.{identifier(self.measurement.name)}"


HOURS, DAYS = Origin(HOURLY, USAGE), Origin(LONGTERM, USAGE)
PRODUCT_HOURS, PRODUCT_DAYS = Origin(HOURLY, PRODUCT_USAGE), Origin(LONGTERM, PRODUCT_USAGE)
USE_HOURS, USE_DAYS = Origin(HOURLY, USAGE_BY), Origin(LONGTERM, USAGE_BY)
LOAD_HOURS, LOAD_DAYS = Origin(HOURLY, MODULE_LOADS), Origin(LONGTERM, MODULE_LOADS)
TRANSFER_HOURS, TRANSFER_DAYS = Origin(HOURLY, TRANSFERS), Origin(LONGTERM, TRANSFERS)
HAPPENED = Origin(LONGTERM, EVENTS)


def identifier(name: str) -> str:
    """Return a name of the catalog as a statement takes it; those hold no quotes."""
    return f'"{name}"'


def call(function: str, field: str) -> str:
    """Return a function of a field: ``sum("seat_seconds")``."""
    return f"{function}({identifier(field)})"


def mean_in_use() -> str:
    """Return the mean in use over any windows: a mean of their means is wrong where they are not covered alike."""
    return f"{call('sum', 'seat_seconds')} / {call('sum', 'covered_seconds')}"


def text(value: str) -> str:
    """Return a text as a statement takes it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def equals(tag: str, value: str) -> str:
    """Return the condition that a tag has a value."""
    return f"{identifier(tag)} = {text(value)}"


def differs(tag: str, value: str) -> str:
    """Return the condition that a tag has another value."""
    return f"{identifier(tag)} != {text(value)}"


def chosen(*tags: str, **called: str) -> tuple[str, ...]:
    """Return the conditions that tags are what is chosen by the variables of their names, or by those in *called*."""
    pairs = {tag: tag for tag in tags} | called
    return tuple(f"{identifier(tag)} =~ /^${{{variable}:regex}}$/" for tag, variable in pairs.items())


def select(
    columns: Mapping[str, str],
    origin: Origin,
    *,
    where: Iterable[str] = (),
    by: Iterable[str] = (),
    every: str = "",
    fill: str = "null",
    zone: str = "",
) -> str:
    """
    Return a question: *columns* by name, of covered windows within the time, grouped *by* tags.

    *every*: by time too, ``1d`` or ``$__interval``, in days of the *zone*; windows that are not there are null then,
    so that they are drawn as gaps, or left out with *fill* ``none``.
    """
    asked = ", ".join(f"{what} AS {identifier(name)}" for name, what in columns.items())
    covered = (f"{identifier('covered_seconds')} > 0",) if origin.has_coverage else ()
    groups = [f"time({every})"] * bool(every) + [identifier(tag) for tag in by]
    statement = f"SELECT {asked} FROM {origin} WHERE {' AND '.join((TIME, *covered, *where))}"
    if groups:
        statement += f" GROUP BY {', '.join(groups)}"
    if every:
        statement += f" fill({fill})"
    return statement + (f" tz({text(zone)})" if zone else "")


def listed(inner: str, columns: Iterable[str], by: Iterable[str], *, where: str = "") -> str:
    """Return the question for a table: a row for each group of *inner*, at most `ROWS` of them; *where* says which."""
    names = ", ".join(identifier(name) for name in (*by, *columns))
    condition = f"{TIME} AND {where}" if where else TIME
    return f"SELECT {names} FROM ({inner}) WHERE {condition} LIMIT {ROWS}"


def limited(description: str) -> str:
    """Return the description of a table of `listed` rows with how many there are at most."""
    return f"{description} At most {ROWS} rows."


def counted(inner: str, column: str) -> str:
    """Return the question of how many groups *inner* has for which *column* is not nothing."""
    return f"SELECT {call('count', column)} AS {identifier(column)} FROM ({inner}) WHERE {TIME}"


def values_of(tag: str, origin: Origin, *, where: Iterable[str] = ()) -> str:
    """Return the question for all values of a tag, of which a variable makes its choices."""
    asked = f"SHOW TAG VALUES FROM {origin} WITH KEY = {identifier(tag)}"
    conditions = " AND ".join(where)
    return f"{asked} WHERE {conditions}" if conditions else asked
