"""What licence files grant, as blocks of the status, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf

from rich.console import Console
from rich.table import Table
from rich.text import Text

from exporter.records import Json
from exporter.reports.instant import iso
from exporter.reports.licences import FeatureLicences, LicenceStatus, Restricted
from exporter.reports.numbers import counted
from exporter.reports.printable import cell

_SHOWN = 20
_DOUBT = "yellow"


def show(status: LicenceStatus, now: float, console: Console) -> None:
    """Print a block for one server."""
    console.print(Text.assemble((status.server, "bold"), "  licence files"))
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for heading, value in _rows(status, now):
        table.add_row(f"  {heading}", value)
    console.print(table)
    console.print()


def _rows(status: LicenceStatus, now: float) -> Iterator[tuple[str, Text]]:
    for path in status.files:
        yield "file", cell(path)
    for problem in status.problems[:_SHOWN]:
        yield "problem", cell(problem, _DOUBT)
    if len(status.problems) > _SHOWN:
        yield "", cell(f"and {len(status.problems) - _SHOWN} more; `seatwatch check-config` tells all", _DOUBT)
    for one in status.features[:_SHOWN]:
        yield one.vendor, _feature(one, now)
    if len(status.features) > _SHOWN:
        yield "", cell(f"and {counted(len(status.features) - _SHOWN, 'feature')} more; --format json shows all")
    for vendor, kinds in sorted(status.silent.items()):
        yield (
            "not logged",
            cell(f"{vendor}: " + ", ".join(f"{kind} ({place})" for kind, place in kinds.items()), _DOUBT),
        )


def _feature(one: FeatureLicences, now: float) -> Text:
    """Return one feature on a line: how many seats until when, who has a part of them, and what says so."""
    said = [_granted(one)]
    said += [f"{held.seats} reserved for {held.whose}" for held in one.reserved]
    said += [f"at most {held.seats} for {held.whose}" for held in one.most]
    if one.timeout is not None:
        said.append(f"taken back when idle for {one.timeout} s")
    places = dict.fromkeys(place for pool in one.pools for place in pool.places)
    told = f" ({', '.join(places)})" if places else ""
    return cell(f"{one.feature}: {', '.join(said)}{told}", "" if one.expiry is None or one.expiry > now else _DOUBT)


def _granted(one: FeatureLicences) -> str:
    if not one.pools:
        return "nothing granted now" if one.expiry is None or one.expiry == inf else f"expired at {iso(one.expiry)}"
    number = "uncounted" if one.seats is None else counted(one.seats, "seat")
    until = "for ever" if one.expiry in (None, inf) else f"until {iso(one.expiry)}"
    return f"{number} {until}{', with its components' if one.package else ''}"


def as_json(licences: Iterable[LicenceStatus]) -> Json:
    """Return all of it; what never expires is null."""
    return [
        {
            "server": status.server,
            "files": list(status.files),
            "problems": list(status.problems),
            "features": [_feature_json(one) for one in status.features],
            "not_logged": {vendor: dict(kinds) for vendor, kinds in status.silent.items()},
        }
        for status in licences
    ]


def _feature_json(one: FeatureLicences) -> Json:
    return {
        "vendor": one.vendor,
        "feature": one.feature,
        "seats": one.seats,
        "expiry": _end(one.expiry),
        "package": one.package,
        "pools": [
            {
                "version": pool.version,
                "attributes": list(pool.attributes),
                "seats": pool.seats,
                "expiry": _end(pool.expires),
                "lines": list(pool.places),
            }
            for pool in one.pools
        ],
        "reserved": [_restricted(held) for held in one.reserved],
        "most": [_restricted(held) for held in one.most],
        "timeout_seconds": one.timeout,
    }


def _restricted(held: Restricted) -> Json:
    return {"seats": held.seats, "for": held.whose, "line": held.place}


def _end(time: float | None) -> str | None:
    return None if time is None or time == inf else iso(time)
