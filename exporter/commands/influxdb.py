"""The commands about InfluxDB: `influxdb setup`, `influxdb check` and `influxdb resend`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from exporter import wiring
from exporter.all_windows import AllWindows
from exporter.catalog.tiers import HOURLY, LIVE, LONGTERM, TIERS
from exporter.clock import SystemClock
from exporter.commands import influxdb_output
from exporter.commands.options import (
    DEFAULT_CONFIG,
    AnswerShape,
    ConfigPath,
    Shape,
    Since,
    TierName,
    Until,
    answer,
    counting,
    settings_at,
    span,
    tell,
)
from exporter.config.influxdb import Influxdb
from exporter.config.secrets import in_file
from exporter.config.settings import Settings
from exporter.errors import ConfigError, SinkError, UsageError
from exporter.feature_rows import EVER
from exporter.publish.influxdb.administration import Administration
from exporter.publish.influxdb.check import Expected, SinkState
from exporter.publish.influxdb.check import check as check_sink
from exporter.publish.influxdb.client import Access
from exporter.publish.influxdb.setup import Plan, plan
from exporter.publish.influxdb.storage import Storage, spoken, wanted
from exporter.reports.instant import iso
from exporter.reports.numbers import counted
from exporter.resending import resend as again

Sinks = Annotated[
    list[str] | None,
    typer.Option("--sink", help="Only this entry of `influxdb` in the configuration, by its name; again for more."),
]


class _Credentials(NamedTuple):
    """What to be known by instead of by what the configuration says; None: by that."""

    user: str | None = None
    password: str | None = None
    token: str | None = None

    def access(self, number: int, one: Influxdb) -> Access:
        """Return how the server of an entry is reached with these; secrets that they replace are not read."""
        if self.user is None and self.token is None:
            return wiring.influxdb_access(number, one)
        unread = dict.fromkeys(("token_file", "token_env", "password_file", "password_env"))
        access = wiring.influxdb_access(number, one.model_copy(update=unread))
        return replace(access, user=self.user, password=self.password, token=self.token)


app = typer.Typer(
    name="influxdb",
    help="""
    Prepare the InfluxDB servers of the configuration, and see how they stand.

    Windows are kept in three tiers, each for its own time: minutes (live),
    hours (hourly) and days (longterm). On InfluxDB 1.x these are three
    retention policies of one database, on 2.x three buckets.

    To begin: influxdb setup --dry-run, influxdb setup, collect (or run),
    influxdb check.
    """,
    no_args_is_help=True,
)


@app.command()
def setup(
    config: ConfigPath = DEFAULT_CONFIG,
    sink: Sinks = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Don't ask, even if the server will drop points that are no longer kept.")
    ] = False,
    user: Annotated[
        str | None, typer.Option(help="Do it as this user, an administrator of InfluxDB 1.x; with --password-file.")
    ] = None,
    password_file: Annotated[str | None, typer.Option(metavar="FILE", help="Holds the password of --user.")] = None,
    token_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="Holds a token for InfluxDB 2.x to do it with.")
    ] = None,
) -> None:
    """
    Make each server keep the tiers for as long as the configuration says.

    Tells each step. Call it again at any time, such as after a change of
    `tiers`: it changes what differs, and nothing else. It deletes nothing.
    But where points are to be kept for less time than before, the server
    drops what is older: then you are asked first.

    On InfluxDB 1.x with users it needs an administrator, on 2.x a token that
    may write buckets. Where those of the configuration may less, name others
    by --user and --password-file, or by --token-file.
    """
    if (user is None) != (password_file is None):
        raise UsageError("--user and --password-file belong together: give both, or neither.")
    settings = settings_at(config)
    storages = _wanted(settings)
    instead = _Credentials(
        user,
        None if password_file is None else in_file("--password-file", password_file),
        None if token_file is None else in_file("--token-file", token_file),
    )

    def work(number: int, one: Influxdb) -> bool:
        with closing(_server(number, one, instead)) as server:
            _set_up(one, server, storages, dry_run=dry_run, yes=yes)
        return True

    _each(settings, sink, work)


@app.command()
def check(
    config: ConfigPath = DEFAULT_CONFIG,
    sink: Sinks = None,
    shape: AnswerShape = Shape.table,
) -> None:
    """
    Show how each server stands; the exit status is 1 when anything is wrong.

    Of each tier: whether points may be written and read, whether they are
    kept for as long as the configuration says, from when on they are taken,
    the newest window of this site, and how far that is behind the newest line
    in the ledger. Nothing is stored.
    """
    settings = settings_at(config)
    expected = Expected(settings.site.name, _wanted(settings), SystemClock().now(), _newest_line(settings))
    found: list[SinkState] = []
    for number, one in _chosen(settings, sink):
        try:
            with closing(_server(number, one, _Credentials())) as server:
                found.append(check_sink(server, one.name, one.url, expected))
        except ConfigError as error:
            found.append(SinkState(one.name, one.url, "", error.faults, (), ()))
    answer(shape, found, influxdb_output)
    if not all(state.well for state in found):
        raise typer.Exit(1)


@app.command()
def resend(
    tier: Annotated[TierName, typer.Option(help="Which windows.")],
    config: ConfigPath = DEFAULT_CONFIG,
    sink: Sinks = None,
    start: Since = None,
    end: Until = None,
) -> None:
    """
    Send windows of the ledger again, after a server was wiped or restored.

    It may be called at any time, also while `run` ships: a point that is
    there is written over by the same. Without --from all that the tier keeps
    is sent: seatwatch influxdb resend --tier hourly --from 2024-01-01
    """
    settings = settings_at(config)
    now = SystemClock().now()
    since, until = span(settings, start, end, now)
    (chosen,) = (one for one in TIERS if one.name == tier)
    keep = {storage.tier: storage.keep for storage in _wanted(settings)}[chosen.name]
    oldest = 0 if keep is None else max(int(now) - keep, 0)
    if keep is not None and (since or 0) < oldest:
        tell(f"What is older than {iso(oldest)} is not sent: {chosen.name} is kept for {spoken(keep)} (`tiers`).")
    asked = max(since or 0, oldest), EVER if until is None else until
    with wiring.ledger_state(settings) as ask:

        def work(number: int, one: Influxdb) -> bool:
            lines, connection = wiring.influxdb_lines(settings, one), wiring.influxdb_connection(number, one)
            with closing(connection), counting(f"Sending to {one.name}") as told:
                sent, refused = again(AllWindows(ask), chosen, asked, connection, lines, told)
            tell(f"{one.name}: {counted(sent, 'window')} sent.")
            for line in refused:
                tell(f"{one.name} refuses {line.line.decode(errors='replace').strip()}: {line.words}", "red")
            return not refused

        _each(settings, sink, work)


def _set_up(one: Influxdb, server: Administration, storages: tuple[Storage, ...], *, dry_run: bool, yes: bool) -> None:
    """Carry out what is to be done on one server. Raises SinkError, UsageError."""
    management = server.management()
    todo = plan(management.found(storages), storages, management.place)
    _show(one, todo)
    if dry_run:
        return
    if todo.drops and not yes:
        _ask(one)
    for step in todo.steps:
        management.carry_out(step)
    if todo.steps:
        tell(f"{one.name}: done.", "green")


def _show(one: Influxdb, todo: Plan) -> None:
    for step in todo.steps:
        print(f"{one.name}: {step.sentence}")
    if not todo.steps and todo.possible:
        print(f"{one.name}: all is as the configuration says.")
    for note in todo.notes:
        tell(f"{one.name}: {note}")


def _ask(one: Influxdb) -> None:
    """Have it confirmed that points are dropped. Raises UsageError where nobody can be asked."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"{one.name}: nothing was done, for points would be dropped there. If that is meant, add --yes."
        )
    typer.confirm("Let the server drop them?", abort=True, err=True)


def _server(number: int, one: Influxdb, instead: _Credentials) -> Administration:
    """Return what asks the server of an entry. Raises ConfigError."""
    access = instead.access(number, one)
    return Administration(access, database=one.database, api=one.api, org=one.org, tag_tier=one.tag_tier)


def _each(settings: Settings, only: list[str] | None, work: Callable[[int, Influxdb], bool]) -> None:
    """Do *work* with each server that is meant; what is in the way of one is told, and in the way of no other."""
    well = []
    for number, one in _chosen(settings, only):
        try:
            well.append(work(number, one))
        except (SinkError, ConfigError) as error:
            tell(f"{one.name}: {error}", "red")
            well.append(False)
    if not all(well):
        raise typer.Exit(1)


def _chosen(settings: Settings, only: list[str] | None) -> Iterator[tuple[int, Influxdb]]:
    """Yield the entries of the configuration that are meant, with their numbers. Raises UsageError."""
    known = [one.name for one in settings.influxdb]
    if not known:
        raise UsageError("The configuration names no InfluxDB: add one under `influxdb`.")
    for name in only or ():
        if name not in known:
            raise UsageError(f"There is no sink {name!r}: choose one of {', '.join(known)}.")
    yield from ((number, one) for number, one in enumerate(settings.influxdb) if not only or one.name in only)


def _wanted(settings: Settings) -> tuple[Storage, ...]:
    tiers = settings.tiers
    return wanted({LIVE.name: tiers.live.keep, HOURLY.name: tiers.hourly.keep, LONGTERM.name: tiers.longterm.keep})


def _newest_line(settings: Settings) -> int | None:
    """Return the second of the newest line in the ledger, None where there is none yet."""
    if not Path(settings.ledger.path).exists():
        return None
    with wiring.ledger_reader(settings) as ledger:
        ((newest,),) = ledger.ask("SELECT max(last_line) FROM stream")
    return None if newest is None else int(newest)
