"""The command `dashboards build`: boards for Grafana, made for what the site has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dashboards.links import UIDS
from dashboards.site import Feature, Kind, Site, Thresholds
from exporter import wiring
from exporter.alerting.resolving import threshold_for_graphs
from exporter.catalog.servers import LMOD
from exporter.catalog.transfers import DIRECTIONS as TRANSFER_DIRECTIONS
from exporter.catalog.vendors import WTMP
from exporter.commands.influxdb import one_server
from exporter.commands.options import DEFAULT_CONFIG, ConfigPath, settings_at, tell
from exporter.config.alerts import alert_settings_of
from exporter.config.settings import Settings
from exporter.directory import USER
from exporter.errors import UsageError
from exporter.exports.destination import destination
from exporter.publish.influxdb.known import known
from exporter.reports.numbers import counted
from exporter.reports.products import all_products

KIND_OF_FORMAT: Mapping[str, Kind] = {LMOD: "modules", "wtmp": "logins", "metpx": "transfers"}
"""Formats that tell of something else than licences."""
_LICENCES: Kind = "licences"
_NO_LICENCES = frozenset({LMOD, WTMP, *TRANSFER_DIRECTIONS})
"""Vendors in the ledger whose features are none: of modules, logins, and files received and sent."""


class Whence(StrEnum):
    """Where the names of servers, features and products come from."""

    ledger = "ledger"
    influxdb = "influxdb"


app = typer.Typer(name="dashboards", no_args_is_help=True, help="Boards for Grafana.")


@app.callback()
def _group() -> None:
    """Make `build` a command of its own, though it is the only one."""


@app.command("build")
def build(
    out: Annotated[Path, typer.Option("--out", help="The folder for the files; it is made where there is none.")],
    config: ConfigPath = DEFAULT_CONFIG,
    whence: Annotated[
        Whence, typer.Option("--from", help="Where servers and features are looked up: the ledger, or an InfluxDB.")
    ] = Whence.ledger,
    sink: Annotated[
        str | None, typer.Option("--sink", help="With --from influxdb: which entry of `influxdb`, if not the first.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files of these names that are no boards.")] = False,
) -> None:
    """
    Write the boards of this site as files for Grafana 10 or later.

    A board is made where a log of the configuration tells of what it shows.
    Servers and features are those of the ledger; without a ledger the boards
    find them all the same. Call it again after a change of the configuration:
    boards of an earlier call are replaced, other files never are.

    With --from influxdb they are made for what an InfluxDB holds of the
    site, on a machine that has neither logs nor ledger.
    """
    from dashboards.generate import files  # noqa: PLC0415  # grafanalib takes a tenth of a second to load

    settings = settings_at(config)
    if sink is not None and whence is not Whence.influxdb:
        raise UsageError("--sink is for --from influxdb.")
    made = files(site_of(settings) if whence is Whence.ledger else site_in_influxdb(settings, sink))
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out} can't be made: {error.strerror}. Choose another --out.") from error
    foreign = [name for name in made if not force and not _may_write(out / name)]
    if foreign:
        names = ", ".join(str(out / name) for name in foreign)
        raise UsageError(f"Nothing was written: {names} would be lost. Choose another --out, or add --force.")
    for name, text in made.items():
        with destination(out / name) as file:
            file.write(text)
    for name in (f"{board}.json" for board in UIDS):
        if name not in made and (out / name).exists():
            tell(f"{out / name} is of an earlier call, and no log tells of what it shows now: remove it.", "yellow")
    tell(f"{counted(len(made), 'board')} written to {out}: point Grafana's provisioning there, or import them.")


def site_of(settings: Settings) -> Site:
    """Return what boards are made from, by the configuration and the ledger, if there is one. Raises LedgerError."""
    formats = {name for source in settings.sources for name in source.format}
    features: list[Feature] = []
    if Path(settings.ledger.path).exists():
        with wiring.ledger_reader(settings) as ledger:
            known = all_products(ledger)
        features = [Feature(one.server, one.vendor, one.feature) for one in known if one.vendor not in _NO_LICENCES]
    return Site(
        name=settings.site.name,
        timezone=settings.site.timezone,
        features=tuple(features),
        products=tuple(product.name for product in settings.products),
        kinds=frozenset(KIND_OF_FORMAT.get(name, _LICENCES) for name in formats),
        people=settings.people.by_user,
        thresholds=_thresholds(settings),
    )


def site_in_influxdb(settings: Settings, sink: str | None) -> Site:
    """
    Return what boards are made from, by what an InfluxDB holds of the site.

    Raises UsageError where there is none or nothing in it, ConfigError, SinkError.
    """
    server = one_server(settings, sink)
    with closing(server):
        found = known(server.influxql, settings.site.name)
    features = tuple(Feature(*names) for names in found.features if names[1] != WTMP)
    told: Mapping[Kind, bool] = {
        "licences": bool(features),
        "modules": found.has_loads,
        "logins": any(vendor == WTMP for _, vendor, _ in found.features),
        "transfers": found.has_transfers,
    }
    if not any(told.values()):
        raise UsageError(
            f"There is nothing of the site {settings.site.name!r} in that InfluxDB: correct `site.name`, or let "
            "`seatwatch collect` ship to it first."
        )
    return Site(
        name=settings.site.name,
        timezone=settings.site.timezone,
        features=features,
        products=found.products,
        kinds=frozenset(kind for kind, there in told.items() if there),
        people=USER in found.breakdowns,
        thresholds=_thresholds(settings),
    )


def _thresholds(settings: Settings) -> Thresholds:
    alerts = alert_settings_of(settings.alerts)
    return Thresholds(
        warning=threshold_for_graphs("saturated", alerts) / 100,
        expires=threshold_for_graphs("expires", alerts),
        expires_soon=threshold_for_graphs("expires_soon", alerts),
    )


def _may_write(path: Path) -> bool:
    """Whether nothing is lost when a file is replaced: there is none, or a board of an earlier call."""
    try:
        board = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return isinstance(board, dict) and board.get("uid") == UIDS.get(path.stem)
