"""Commands about the configuration: `init` proposes one, `check-config` tries it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from exporter.commands.options import DEFAULT_CONFIG, ConfigPath, settings_at, tell
from exporter.config.checking import check
from exporter.config.proposing import propose
from exporter.errors import UsageError

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


def check_config(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Check the configuration, and that you may read all that it names."""
    findings = check(settings_at(config))
    console = Console(soft_wrap=True, highlight=False)
    for level, path, sentence in findings:
        console.print(Text(f"{level:<8}", style=_COLOURS[level]), Text(f"{path}: {sentence}"), sep="")
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


def init(
    paths: Annotated[list[str], typer.Argument(help="Logs, folders with logs, or glob patterns.")],
    output: Annotated[Path | None, typer.Option(help="Write to this new file instead of stdout.")] = None,
) -> None:
    """Look at logs, and write a commented configuration for them."""
    proposal = propose(paths)
    for problem in proposal.problems:
        tell(problem, "yellow")
    if not proposal.text:
        raise UsageError("No log was found, so nothing is proposed: name FlexNet debug logs, or a folder of them.")
    if output is None:
        print(proposal.text, end="")
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(proposal.text)
    except FileExistsError:
        raise UsageError(f"{output} exists: choose another --output, or move it away.") from None
    except OSError as error:
        raise UsageError(f"{output} can't be written: {error.strerror}.") from error
    tell(f"{output} is written. Next: seatwatch check-config --config {output}")
