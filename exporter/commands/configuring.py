"""Commands about the configuration: `init` proposes one, `check-config` tries it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from exporter import wiring
from exporter.commands.options import DEFAULT_CONFIG, ConfigPath, settings_at, tell
from exporter.config.checking import Finding, check
from exporter.config.proposing import propose
from exporter.config.settings import Settings
from exporter.config.values import printable
from exporter.errors import UsageError
from exporter.reports.numbers import counted

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


def check_config(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Check the configuration, and that you may read all that it names."""
    settings = settings_at(config)
    findings = [*check(settings), *_licence_findings(settings)]
    console = Console(soft_wrap=True, highlight=False)
    for level, path, sentence in findings:
        console.print(Text(f"{level:<8}", style=_COLOURS[level]), Text(f"{path}: {sentence}"), sep="")
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


def _licence_findings(settings: Settings) -> Iterator[Finding]:
    """Yield what the licence and options files of the configuration grant, and what is wrong with them."""
    granted: dict[tuple[str, str, str], str] = {}
    for one in wiring.entitlements(settings):
        index = next(at for at, row in enumerate(settings.capacity) if row.licence_files and row.server == one.server)
        where = f"capacity[{index}].licence_files"
        for fault in one.faults:
            yield Finding("error" if fault.line is None else "warning", where, printable(str(fault)))
        if one.whole:
            granted |= dict.fromkeys(one.granted.rows, where)
            yield Finding("ok", where, f"capacity of {counted(len(one.granted.rows), 'feature')} of {one.server}")
    for index, row in enumerate(settings.capacity):
        hidden = granted.get((row.server or "", row.vendor or "", row.feature or ""))
        if hidden is not None:
            yield Finding("warning", f"capacity[{index}]", f"holds over all that {hidden} grant of this feature")


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
