"""The command `simulate`: the log of a site that does not exist."""

from __future__ import annotations

import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.progress import Progress

from exporter.clock import SystemClock
from exporter.commands.options import tell
from exporter.errors import UsageError
from exporter.simulate.live import DEFAULT_SPEED, LiveSimulation
from exporter.simulate.model import ENGINES, MakeEngine, Simulation
from exporter.simulate.site import demo_site
from exporter.simulate.writing import follow, write_days


def simulate(
    path: Annotated[Path, typer.Argument(help="The log to append to.")],
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help=f"What it writes: {', '.join(ENGINES)}.")
    ] = "flexlm",
    live: Annotated[bool, typer.Option("--live", help="Write as time goes by, until Ctrl-C.")] = False,
    days: Annotated[int, typer.Option(min=1, help="Write so many days at once.")] = 7,
    start: Annotated[
        str | None, typer.Option(metavar="DAY", help="The first day; else the days end yesterday.")
    ] = None,
    speed: Annotated[float, typer.Option(min=0.1, help="With --live: how much denser than life.")] = DEFAULT_SPEED,
    scale: Annotated[float, typer.Option(min=0.01, help="How busy the site is.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed writes the same.")] = 1,
    zone: Annotated[str, typer.Option(help="Zone of the server's clock.")] = "UTC",
    rotate: Annotated[str | None, typer.Option(help="A new file `daily`, or past so many bytes.")] = None,
    compress: Annotated[bool, typer.Option("--compress", help="Without --live: gzip the older rotated files.")] = False,
    truth: Annotated[Path | None, typer.Option(help="Write what really happened here, as JSON lines.")] = None,
) -> None:
    """Write the log of a made site: working hours, and of a FlexNet server denials, queues, restarts."""
    local, engine = _zone(zone), _engine(format_)
    site = demo_site(scale)
    if live:
        size = _rotation(rotate)
        if size == "daily":
            raise UsageError("--live rotates by size only: give --rotate a number of bytes.")
        _live(LiveSimulation(seed, site, local, speed, engine), path, truth, size)
        return
    yesterday = datetime.fromtimestamp(SystemClock().now(), UTC).date() - timedelta(days=1)
    first = _day(start) if start else yesterday - timedelta(days=days - 1)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Writing days", total=days)
        lines = write_days(
            Simulation(seed, site, local, engine),
            first,
            days,
            path,
            rotate=_rotation(rotate),
            compress=compress,
            truth=truth,
            progress=lambda done: progress.update(task, completed=done),
        )
    tell(f"{path} has {lines:,} more lines.")


def _live(simulation: LiveSimulation, path: Path, truth: Path | None, rotate: int | None) -> None:
    stop = Signal()
    for number in (signal.SIGTERM, signal.SIGINT):
        # A thread of its own: the handler may have interrupted a wait on the very signal.
        signal.signal(number, lambda _number, _frame: Thread(target=stop.set).start())
    sizes = {} if rotate is None else {"rotate_bytes": rotate}
    follow(simulation, path, SystemClock(), stop, truth=truth, **sizes)


def _rotation(text: str | None) -> int | Literal["daily"] | None:
    if text is None or text == "daily":
        return text  # type: ignore[return-value]  # just compared
    if not text.isdecimal() or int(text) == 0:
        raise UsageError(f"--rotate {text!r}: write `daily` or a number of bytes.")
    return int(text)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageError(f"--zone {name!r} is not a time zone: write one such as Europe/Madrid.") from None


def _engine(name: str) -> MakeEngine:
    if name not in ENGINES:
        raise UsageError(f"--format {name!r} is none that can be made: choose one of {', '.join(ENGINES)}.")
    return ENGINES[name]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--start {text!r} is not a day: write YYYY-MM-DD.") from None
