"""The command `dashboards build`: boards for Grafana, made for what the site has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from dashboards.generate import files
from dashboards.links import UIDS
from dashboards.site import Feature, Kind, Site, Thresholds
from exporter import wiring
from exporter.alerting.resolving import shares
from exporter.commands.options import DEFAULT_CONFIG, ConfigPath, settings_at, tell
from exporter.config.alerts import alert_settings_of
from exporter.config.settings import Settings
from exporter.errors import UsageError
from exporter.exports.destination import destination
from exporter.reports.numbers import counted
from exporter.reports.products import all_products

KIND_OF_FORMAT: Mapping[str, Kind] = {"lmod": "modules", "wtmp": "logins", "metpx": "transfers"}
"""Formats that tell of something else than licences."""
_LICENCES: Kind = "licences"
_NO_LICENCES = frozenset({"lmod", "wtmp"})
"""Vendors whose features are none."""

app = typer.Typer(name="dashboards", no_args_is_help=True, help="Boards for Grafana.")


@app.callback()
def _group() -> None:
    """Make `build` a command of its own, though it is the only one."""


@app.command("build")
def build(
    out: Annotated[Path, typer.Option("--out", help="The folder for the files; it is made where there is none.")],
    config: ConfigPath = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Replace files of these names that are no boards.")] = False,
) -> None:
    """
    Write the boards of this site as files for Grafana 10 or later.

    A board is made where a log of the configuration tells of what it shows.
    Servers and features are those of the ledger; without a ledger the boards
    find them all the same. Call it again after a change of the configuration:
    boards of an earlier call are replaced, other files never are.
    """
    settings = settings_at(config)
    made = files(site_of(settings))
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
    limits = shares(alert_settings_of(settings.alerts))
    return Site(
        name=settings.site.name,
        timezone=settings.site.timezone,
        features=tuple(features),
        products=tuple(product.name for product in settings.products),
        kinds=frozenset(KIND_OF_FORMAT.get(name, _LICENCES) for name in formats),
        people=settings.people.by_user,
        thresholds=Thresholds(limits.warning / 100, limits.critical / 100),
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
