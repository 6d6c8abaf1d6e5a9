"""What is wrong between entries of the configuration that are each well by themselves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from exporter.catalog.servers import NAMED_BY_LINES
from exporter.catalog.vendors import WTMP
from exporter.config.faults import Fault, Loc
from exporter.config.patterns import Matches, expand, matches, may_be, parts_of, stream_of
from exporter.config.settings import DAY, HOUR, MINUTE, Settings
from exporter.config.values import quoted, shown, suggestion

_WINDOWS = {"live": MINUTE, "hourly": HOUR, "longterm": DAY}
"""Seconds of a window, by tier."""


class Entries(NamedTuple):
    """Settings that may lack entries with faults of their own, and where the entries left stand in the file."""

    settings: Settings
    places: Callable[[str], Sequence[int]]
    """Index in the file of each entry of a list, by the list's name."""
    faulty: frozenset[str]
    """Names of the lists and sections that lack something."""


def crosschecks(entries: Entries) -> Iterator[Fault]:
    """Yield the faults between the entries."""
    yield from _names_given_twice(entries)
    yield from _sources(entries)
    yield from _labs(entries)
    yield from _overlaps(entries)
    yield from _servers(entries)
    yield from _members(entries)
    yield from _capacities(entries)
    yield from _tiers(entries.settings)
    yield from _alerts(entries)


def _names_given_twice(entries: Entries) -> Iterator[Fault]:
    settings = entries.settings
    named = {
        "sources": [source.name for source in settings.sources],
        "products": [product.name for product in settings.products],
        "influxdb": [database.name for database in settings.influxdb],
    }
    for section, names in named.items():
        first: dict[str, int] = {}
        for index, name in zip(entries.places(section), names, strict=True):
            earlier = first.setdefault(name, index)
            if earlier != index:
                yield Fault((section, index, "name"), f"{shown(name)} is the name of {section}[{earlier}] too")


def _sources(entries: Entries) -> Iterator[Fault]:
    settings = entries.settings
    if not settings.sources and "sources" not in entries.faulty:
        yield Fault(("sources",), "must name at least one log to read; `seatwatch init PATH...` proposes some")
    ledger = settings.ledger.path
    for index, source in zip(entries.places("sources"), settings.sources, strict=True):
        for number, pattern in enumerate(source.paths):
            loc: Loc = ("sources", index, "paths", number)
            for what, text in (("server", source.server), ("host", source.host or "")):
                if lacking := parts_of(text) - parts_of(pattern):
                    names = ", ".join(f"{{{name}}}" for name in sorted(lacking))
                    yield Fault(loc, f"lacks {names}, which the {what} of this source is made of")
            if any(matches(pattern, ledger + suffix) for suffix in ("", "-wal", "-shm")):
                yield Fault(loc, f"matches the ledger, {quoted(ledger)}; keep it in another folder")


def _labs(entries: Entries) -> Iterator[Fault]:
    """Machines and labs are for wtmp; the machines of a lab count together, so they have one server."""
    for index, source in zip(entries.places("sources"), entries.settings.sources, strict=True):
        if WTMP not in source.format:
            for key in ("host", "labs"):
                if getattr(source, key):
                    yield Fault(("sources", index, key), "is for sources of format wtmp only")
            continue
        for number, lab in enumerate(source.labs):
            if lab.machines is not None and parts_of(source.server):
                what = "needs one server for all its machines: name it without {parts}, and put these into `host`"
                yield Fault(("sources", index, "labs", number, "machines"), what)


def _overlaps(entries: Entries) -> Iterator[Fault]:
    sources = list(zip(entries.places("sources"), entries.settings.sources, strict=True))
    found = {index: [_now(expand(pattern)) for pattern in source.paths] for index, source in sources}
    for (first, one), (second, other) in combinations(sources, 2):
        for number, pattern in enumerate(other.paths):
            streams = found[second][number]
            for its_pattern, its_streams in zip(one.paths, found[first], strict=True):
                shared = sorted(streams.keys() & its_streams.keys())
                if shared:
                    what = f"reads {quoted(str(streams[shared[0]]))}, which sources[{first}] ({one.name}) reads too"
                elif pattern == its_pattern or matches(pattern, its_pattern) or matches(its_pattern, pattern):
                    what = f"stands for paths that sources[{first}] ({one.name}) reads too"
                else:
                    continue
                yield Fault(("sources", second, "paths", number), f"{what}; every log belongs to one source")
                break


def _now(found: Matches) -> dict[Path, Path]:
    """Return the files found, by their stream, through symbolic links."""
    return {stream_of(Path(os.path.realpath(file))): file for file in found.files}


def _servers(entries: Entries) -> Iterator[Fault]:
    """
    Capacity, products and alerts must speak of servers that a source has.

    Not asked when some source could not be read, or has a log whose lines name their servers.
    """
    settings = entries.settings
    if "sources" in entries.faulty or any(NAMED_BY_LINES & set(source.format) for source in settings.sources):
        return
    servers = {source.server for source in settings.sources}
    named: list[tuple[Loc, str]] = [
        (("capacity", index, "server"), row.server)
        for index, row in zip(entries.places("capacity"), settings.capacity, strict=True)
        if row.server is not None
    ]
    for index, product in zip(entries.places("products"), settings.products, strict=True):
        for number, member in enumerate(product.members):
            named.append((("products", index, "members", number, "server"), member.server))
    for index, rule in enumerate(settings.alerts.rules):
        if rule.server is not None:
            named.append((("alerts", "rules", index, "server"), rule.server))
    for loc, server in named:
        if not any(may_be(known, server) for known in servers):
            yield Fault(loc, f"{shown(server)} is the server of no source{suggestion(server, sorted(servers))}")


def _members(entries: Entries) -> Iterator[Fault]:
    for index, product in zip(entries.places("products"), entries.settings.products, strict=True):
        first: dict[tuple[str, str, str], int] = {}
        for number, member in enumerate(product.members):
            earlier = first.setdefault((member.server, member.vendor, member.feature), number)
            if earlier != number:
                what = f"is the same feature as members[{earlier}]; name each once, it counts once"
                yield Fault(("products", index, "members", number), what)


def _capacities(entries: Entries) -> Iterator[Fault]:
    """Capacity of products must speak of configured ones; not asked when some product could not be read."""
    if "products" in entries.faulty:
        return
    known = sorted(product.name for product in entries.settings.products)
    for index, row in zip(entries.places("capacity"), entries.settings.capacity, strict=True):
        if row.product is not None and row.product not in known:
            what = f"{shown(row.product)} is the name of none of the products{suggestion(row.product, known)}"
            yield Fault(("capacity", index, "product"), what)


def _tiers(settings: Settings) -> Iterator[Fault]:
    tiers = settings.tiers
    for name, tier in (("live", tiers.live), ("hourly", tiers.hourly), ("longterm", tiers.longterm)):
        if tier.keep is not None and tier.keep < _WINDOWS[name]:
            yield Fault(("tiers", name, "keep"), f"is shorter than one window of this tier, {_WINDOWS[name]} s")


def _alerts(entries: Entries) -> Iterator[Fault]:
    """Entries about alerts must speak of what is configured, and none of what another says already."""
    settings = entries.settings
    known = {
        "source": {"sources": [source.name for source in settings.sources]},
        "product": {"products": [product.name for product in settings.products]},
        "sink": {"influxdb": [database.name for database in settings.influxdb]},
    }
    first: dict[tuple[object, ...], int] = {}
    for index, rule in enumerate(settings.alerts.rules):
        loc: Loc = ("alerts", "rules", index)
        earlier = first.setdefault((rule.alert, *sorted(rule.match.items())), index)
        if earlier != index:
            yield Fault(loc, f"is about the same as rules[{earlier}]; make one entry of it")
        for label, lists in known.items():
            for section, names in lists.items():
                name = rule.match.get(label)
                if name is not None and name not in names and section not in entries.faulty:
                    what = f"{shown(name)} is the name of none of the {section}{suggestion(name, names)}"
                    yield Fault((*loc, label), what)
