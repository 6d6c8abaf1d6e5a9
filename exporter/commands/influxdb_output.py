"""What `influxdb check` found, as tables, one a server, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from exporter.publish.influxdb.check import SinkState, TierState
from exporter.publish.influxdb.storage import Storage, spoken
from exporter.records import Json
from exporter.reports.instant import iso, iso_or_none
from exporter.reports.numbers import human_duration
from exporter.reports.printable import cell, clean


def as_json(sinks: Iterable[SinkState]) -> str:
    """Return all of it as one JSON document, in ASCII; durations are seconds, null is for ever or not known."""
    return json.dumps([_sink(sink) for sink in sinks], indent=2)


def show(sinks: Iterable[SinkState], console: Console) -> None:
    """Print a block for each server: its tiers in a table, and below them what is wrong."""
    for sink in sinks:
        console.print(Text.assemble((clean(sink.sink), "bold"), "  ", cell(sink.url), "  ", cell(_what(sink))))
        if sink.tiers:
            console.print(_table(sink.tiers))
        for name, sentence, style in _sentences(sink):
            console.print(Text.assemble("  ", (clean(name), "bold"), ": ", cell(sentence, style)))
        console.print("  All is well." if sink.well else "")


def _what(sink: SinkState) -> str:
    """Return what answered; nothing where nothing did."""
    if sink.version:
        return f"InfluxDB {sink.version.removeprefix('v')}"
    return "" if sink.problems else "a server that tells no version"


def _table(tiers: Iterable[TierState]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("  Tier", "Kept for", "In shards of", "Takes points from", "Newest window", "Behind the ledger"):
        table.add_column(heading, overflow="fold")
    for one in tiers:
        table.add_row(
            f"  {one.tier}",
            "-" if one.found is None else spoken(one.found.keep),
            "-" if one.found is None or one.found.shard is None else spoken(one.found.shard),
            "-" if one.found is None else "any time" if one.takes_from is None else _moment(one.takes_from),
            "-" if one.newest is None else _moment(one.newest),
            "-" if one.behind is None else human_duration(one.behind),
        )
    return table


def _sentences(sink: SinkState) -> Iterator[tuple[str, str, str]]:
    """Yield whom a sentence is about, the sentence, and its style."""
    yield from (("problem", sentence, "red") for sentence in sink.problems)
    yield from (("note", sentence, "") for sentence in sink.notes)
    for tier in sink.tiers:
        yield from ((tier.tier, sentence, "red") for sentence in tier.problems)
        yield from ((tier.tier, sentence, "") for sentence in tier.notes)


def _sink(sink: SinkState) -> Json:
    return {
        "sink": sink.sink,
        "url": sink.url,
        "version": sink.version or None,
        "well": sink.well,
        "problems": [*sink.problems],
        "notes": [*sink.notes],
        "tiers": [_tier(tier) for tier in sink.tiers],
    }


def _tier(tier: TierState) -> Json:
    return {
        "tier": tier.tier,
        "place": tier.place,
        "wanted": _storage(tier.wanted),
        "found": None if tier.found is None else _storage(tier.found),
        "takes_from": iso_or_none(tier.takes_from),
        "newest": iso_or_none(tier.newest),
        "behind_seconds": tier.behind,
        "problems": [*tier.problems],
        "notes": [*tier.notes],
    }


def _storage(storage: Storage) -> Json:
    return {"keep_seconds": storage.keep, "shard_seconds": storage.shard}


def _moment(second: int) -> str:
    return iso(second).replace("T", " ").rstrip("Z")
