"""What several commands share: options, the configuration, and how an answer reaches the user."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Protocol
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import Progress

from exporter import watching
from exporter.catalog.tiers import TIERS
from exporter.config.loading import load
from exporter.config.settings import Settings
from exporter.errors import UsageError
from exporter.reports.instant import parse_instant

DEFAULT_CONFIG = Path("config.yaml")


TierName = StrEnum("TierName", [(tier.name, tier.name) for tier in TIERS])  # type: ignore[misc]  # from what there is


class Shape(StrEnum):
    """How an answer is written."""

    table = "table"
    json = "json"


ConfigPath = Annotated[Path, typer.Option("--config", envvar="SEATWATCH_CONFIG", help="The configuration.")]
AnswerShape = Annotated[Shape, typer.Option("--format", help="A table to read, or JSON for machines.")]
Since = Annotated[
    str | None,
    typer.Option(
        "--from", help="From this instant on, which counts: 2024-05-01, '2024-05-01 08:00' in the site's zone, or now."
    ),
]
Until = Annotated[str | None, typer.Option("--to", help="Up to this instant, which does not count.")]


class Output(Protocol):
    """A module that writes one kind of answer."""

    def as_json(self, answer: Any, /) -> str:
        """Return the JSON document."""
        ...

    def show(self, answer: Any, console: Console, /) -> None:
        """Print tables."""
        ...


def settings_at(config: Path) -> Settings:
    """Return the settings in the file *config*. Raises ConfigError."""
    return load(config, watching.FORMATS)


def span(settings: Settings, start: str | None, end: str | None, now: float) -> tuple[int | None, int | None]:
    """Return the UTC seconds that --from and --to mean, None where they are not given. Raises UsageError."""
    zone = ZoneInfo(settings.site.timezone)
    since, until = (None if text is None else parse_instant(text, zone, now) for text in (start, end))
    if since is not None and until is not None and since >= until:
        raise UsageError(f"Nothing lies between --from {start} and --to {end}: the first has to be the earlier one.")
    return since, until


def answer(shape: Shape, what: Any, output: Output) -> None:
    """Print an answer on stdout."""
    if shape is Shape.json:
        print(output.as_json(what))
    else:
        # Who reads a pipe folds lines himself.
        wide = None if Console().is_terminal or "COLUMNS" in os.environ else 10_000
        output.show(what, Console(width=wide))


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr while so many of so many are done; none where nobody looks."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, all_of_them: bar.update(task, completed=done, total=all_of_them)


def tell(sentence: str, style: str | None = None) -> None:
    """Print a sentence for the user on stderr; names in it are shown as they are."""
    clean = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in sentence)
    Console(stderr=True, soft_wrap=True, highlight=False).print(clean, markup=False, style=style)
