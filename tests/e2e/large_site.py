"""
A site of 200 features on 5 servers with ten years of days, written to an InfluxDB 1.6 as it would have been shipped.

Hours go back for as long as the longest page of a board does: a server opens no shard that a question doesn't touch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from urllib.request import Request, urlopen

from exporter.catalog.influxdb import (
    EVENTS,
    MODULE_LOADS,
    PRODUCT_USAGE,
    TRANSFERS,
    USAGE,
    USAGE_BY,
    Measurement,
)
from exporter.catalog.vendors import WTMP
from tests.servers.influxd import Influxd

FEATURES, SERVERS = 200, 5
NOW = 1_730_415_600
HOUR, DAY, YEAR = 3600, 86_400, 365 * 86_400
_SPANS = {"hourly": (92 * DAY, HOUR), "longterm": (10 * YEAR, DAY)}
_AT_ONCE = 20_000
_WEEK = 7 * 24
Tags = Mapping[str, str]


def write(server: Influxd) -> int:
    """Write the site; return how many points that were."""
    server.ask('CREATE DATABASE "licences"')
    shards = {"hourly": "30d", "longterm": "520w"}
    for tier, shard in shards.items():
        server.ask(f'CREATE RETENTION POLICY "{tier}" ON "licences" DURATION inf REPLICATION 1 SHARD DURATION {shard}')
    written = 0
    for tier in shards:
        lines = _lines(tier)
        while batch := [*islice(lines, _AT_ONCE)]:
            url = f"{server.url}/write?db=licences&rp={tier}&precision=s"
            with urlopen(Request(url, data="\n".join(batch).encode())) as answer:  # noqa: S310 -- on this machine
                assert answer.status == 204
            written += len(batch)
    return written


def _lines(tier: str) -> Iterator[str]:
    span, window = _SPANS[tier]
    for number in range(FEATURES):
        feature = {"server": f"lic{number % SERVERS}", "vendor": f"vendor{number % 20}", "feature": f"feature{number}"}
        yield from _points(USAGE, feature, number, span, window)
        for group in range(5):
            named = {**feature, "breakdown": "department" if group < 4 else "user", "value": f"group{group}"}
            yield from _points(USAGE_BY, named, number + group, 8 * DAY if window == HOUR else YEAR, window)
    for number in range(10):
        lab = {"server": "campus", "vendor": WTMP, "feature": f"lab{number}"}
        yield from _points(USAGE, lab, number, span, window)
        yield from _points(PRODUCT_USAGE, {"product": f"product{number}"}, number, span, window)
    for number in range(100):
        module = {"server": f"cluster{number % 2}", "module": f"module/{number}"}
        yield from _points(MODULE_LOADS, module, number, min(span, 3 * YEAR), window)
    for number in range(60):
        link = {
            "machine": f"px{number % 2}", "direction": ("rx", "tx", "trx")[number % 3],
            "client": f"client{number // 3}", "product": f"product{number % 3}",
        }  # fmt: skip
        yield from _points(TRANSFERS, link, number, min(span, 3 * YEAR), window)
    if tier == "longterm":
        for kind in ("restarted", "exited", "reread", "gap"):
            for number in range(250):
                tags = {"kind": kind, "server": f"lic{number % SERVERS}", "vendor": "vendor1"}
                yield f'{_head(EVENTS, tags)} title="{kind}",text="{kind}" {NOW - number * 14 * DAY}'


def _points(measurement: Measurement, tags: Tags, seed: int, span: int, window: int) -> Iterable[str]:
    head = _head(measurement, tags)
    bodies = [f"{head} {_fields(measurement, seed + step, window)} " for step in range(_WEEK)]
    first = (NOW - span) // window * window
    return (f"{bodies[number % _WEEK]}{first + number * window}" for number in range(span // window))


def _head(measurement: Measurement, tags: Tags) -> str:
    return ",".join([measurement.name, *(f"{key}={value}" for key, value in {**tags, "site": "large"}.items())])


def _fields(measurement: Measurement, seed: int, window: int) -> str:
    """Return numbers that are about as large as real ones: levels up to 50 seats, times within the window."""
    written = []
    for number, field in enumerate(measurement.fields):
        if field.name == "covered_seconds":
            value = window
        elif field.name.startswith(("seconds_", "saturated", "over_")):
            value = (seed * 37 + number * 101) % window
        else:
            value = 1 + (seed * 7 + number) % 50
        written.append(f"{field.name}={value}" + ("i" if field.kind == "integer" else ""))
    return ",".join(written)
