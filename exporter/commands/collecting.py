"""Commands that read logs: `run` as they grow, `collect` to their end."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from exporter import wiring
from exporter.commands.options import DEFAULT_CONFIG, ConfigPath, counting, settings_at, tell
from exporter.licence_files import LicenceFiles
from exporter.logs import configure
from exporter.pipeline import Pipeline
from exporter.records import LINE_OUTCOMES
from exporter.reports.numbers import counted
from exporter.service import Service
from exporter.sink import Sink
from exporter.views import View


def run(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """
    Read the logs as they grow, and serve /metrics.

    Ends cleanly on Ctrl-C or SIGTERM. SIGHUP reads the configuration again; a faulty one changes nothing.
    """
    _look_for_garbage_less()
    Service(lambda: settings_at(config)).run()


def collect(
    config: ConfigPath = DEFAULT_CONFIG,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be given several times.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and count, and leave the ledger as it is.")] = False,
) -> None:
    """Read all logs to their end once, send the windows to the databases of the configuration, and exit."""
    _look_for_garbage_less()
    settings = settings_at(config)
    configure("debug" if settings.log.level == "debug" else "error", settings.log.format)
    with wiring.collector(settings, only=source or (), dry_run=dry_run) as collector:
        _read(collector.pipeline)
        problems = [*_licence_problems(collector.licences), *_ship(collector.sinks)]
        view = collector.pipeline.view
    _sum_up(view, problems, dry_run=dry_run)


def _read(pipeline: Pipeline) -> None:
    """Read all logs to their end. Raises LedgerFull."""
    with _progress() as progress:
        task = progress.add_task("Reading", total=None)

        def show() -> None:
            unread = sum(stream.lag for stream in pipeline.view.streams)
            # Set directly: `update` would forget the speed whenever the total changes.
            progress.tasks[0].total = pipeline.bytes_read + unread
            progress.update(task, completed=pipeline.bytes_read)

        pipeline.drain(show)


def _licence_problems(licences: LicenceFiles) -> list[str]:
    """Tell how many lines of licence and options files can't be used; return what stands in the way of reading them."""
    faults = [fault for one in licences.entitlements for fault in one.faults]
    unread = [str(fault) for fault in faults if fault.line is None]
    if lines := len(faults) - len(unread):
        told = (
            f"{counted(lines, 'line')} of licence and options files can't be used; `seatwatch check-config` tells why."
        )
        tell(told, "yellow")
    return unread


def _ship(sinks: Sequence[Sink]) -> list[str]:
    """Send what is due to each; return what stands in the way."""
    problems = []
    for sink in sinks:
        with counting(f"Sending to {sink.name}") as told:
            sink.drain(told)
        if sink.problem:
            problems.append(f"{sink.name}: {sink.problem} What waits is sent by the next `run` or `collect`.")
    return problems


def _sum_up(view: View, wrong_with_sinks: Sequence[str], *, dry_run: bool) -> None:
    """Tell what is in the ledger now, and what could not be read or sent."""
    lines = sum(stream.tally.get(outcome, 0) for stream in view.streams for outcome in LINE_OUTCOMES)
    logs = counted(len(view.streams), "log")
    tell(f"{counted(lines, 'line')} of {logs} {'would be' if dry_run else 'are'} in the ledger.")
    wrong = [f"{source}: {problem}" for source, problem in view.sources.items() if problem]
    wrong += [f"{stream.source}: {stream.problem}" for stream in view.streams if stream.problem]
    wrong += wrong_with_sinks
    for sentence in wrong:
        tell(sentence, "red")
    if wrong:
        raise typer.Exit(1)


def _look_for_garbage_less() -> None:
    """Let garbage in cycles wait: reading makes millions of objects and no cycles, and the search takes a quarter."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _progress() -> Progress:
    """Return a bar with speed and time left on stderr; none where nobody looks."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
