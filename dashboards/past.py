"""What the boards of history share: the zone of their days, variables, annotations, pages, and how fine panels ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attr

from dashboards import palette, variables
from dashboards.happenings import of_influxdb
from dashboards.influxql import HAPPENED, TIME, Origin, chosen, values_of
from dashboards.layout import Block
from dashboards.links import page
from dashboards.site import Site
from exporter.catalog.tiers import HOURLY, LONGTERM, Tier

Json = dict[str, Any]
EVERY = "$__interval"
"""Grafana's: as much time as a point of the panel has room for, but no less than the panel says (`no_finer`)."""
FINEST: Mapping[str, str] = MappingProxyType({HOURLY.name: "1h", LONGTERM.name: "1d"})
"""The length of a window, by its tier: finer than that there is nothing to ask for."""
_KINDS = (
    ("Restarts", "started|restarted|booted|crashed", palette.WARNING),
    ("Stops", "exited|shutdown|halted", palette.CRITICAL),
    ("Rereads", "reread|clock set", palette.SKY),
    ("Gaps", "gap", palette.PURPLE),
)


def zone(site: Site) -> str:
    """Return the zone of which days are counted: the site's, as its windows are, and UTC where it is not known."""
    return "UTC" if site.timezone == "browser" else site.timezone


def choices(
    origin: Origin, labels: Mapping[str, str], *, one: Iterable[str] = (), always: Iterable[str] = ()
) -> tuple[Any, ...]:
    """
    Return a variable for each tag in *labels*, of what those before it leave to choose from.

    *one*: those of which one is chosen and not any number; *always*: conditions of all.
    """
    made, before = [], list(always)
    for tag, label in labels.items():
        asked = values_of(tag, origin, where=before)
        made.append(variables.names(tag, label, asked, of="influxdb", several=tag not in set(one)))
        before += chosen(tag)
    return tuple(made)


def happened(*tags: str) -> tuple[Json, ...]:
    """Return the annotations: restarts, stops, rereads and gaps of what is chosen by the variables *tags*."""
    where = chosen(*tags)
    found = []
    for name, kinds, colour in _KINDS:
        asked = " AND ".join((TIME, f'"kind" =~ /^({kinds})$/', *where))
        statement = f'SELECT "title", "text", "kind", "server" FROM {HAPPENED} WHERE {asked}'
        found.append(of_influxdb(name, statement, colour, title="title", details="text", tags="kind,server"))
    return tuple(found)


def pages(name: str, spans: Mapping[str, str]) -> tuple[Json, ...]:
    """Return links to the same board over other *spans*, title to length: ``{"3 years": "3y"}``."""
    return tuple(page(name, title, f"now-{span}") for title, span in spans.items())


def no_finer(tier: Tier, *blocks: Block) -> tuple[Block, ...]:
    """Return panels that ask for no stretches shorter than a window of their tier."""
    return tuple(_with(block, interval=FINEST[tier.name]) for block in blocks)


def over(span: str, *blocks: Block, shifted: str | None = None) -> tuple[Block, ...]:
    """Return panels that show a *span* of their own whatever the board shows, *shifted* into the past."""
    return tuple(_with(block, timeFrom=span, timeShift=shifted) for block in blocks)


def _with(block: Block, **changes: Any) -> Block:
    return Block(attr.evolve(block.panel, **changes), block.width, block.height)
