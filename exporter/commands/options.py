"""What several commands share: options, the configuration, and how an answer reaches the user."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer
from rich.console import Console
from rich.progress import Progress

from exporter import watching
from exporter.catalog.tiers import TIERS
from exporter.config.loading import load
from exporter.config.settings import Settings

DEFAULT_CONFIG = Path("config.yaml")


TierName = StrEnum("TierName", [(tier.name, tier.name) for tier in TIERS])  # type: ignore[misc]  # from what there is


class Shape(StrEnum):
    """How an answer is written."""

    table = "table"
    json = "json"


ConfigPath = Annotated[Path, typer.Option("--config", envvar="SEATWATCH_CONFIG", help="The configuration.")]
AnswerShape = Annotated[Shape, typer.Option("--format", help="A table to read, or JSON for machines.")]


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
