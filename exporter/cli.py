"""
The command line: what there is to ask for, and what a fault looks like.

Data goes to stdout, all else to stderr. Exit status: 0 well, 1 failed, 2 wrong usage or configuration.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from exporter import __version__
from exporter.commands import (
    asking,
    collecting,
    configuring,
    exporting,
    influxdb,
    keeping,
    reporting,
    ruling,
    simulating,
    transferring,
)
from exporter.commands.options import tell
from exporter.errors import ConfigError, SeatwatchError, UsageError


class _Group(TyperGroup):
    """Commands whose reader may leave early, as `head` does: that is no failure."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # What is still buffered goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None


app = typer.Typer(
    cls=_Group,
    name="seatwatch",
    help="Reads growing licence-server logs exactly once, and tells who uses what.",
    epilog="To begin: seatwatch init /var/log/flexlm/*.log --output config.yaml, then check-config, collect, status.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name, _command in (
    ("run", collecting.run),
    ("collect", collecting.collect),
    ("status", asking.status),
    ("who", asking.who),
    ("explain", asking.explain),
    ("export", exporting.export_rows),
    ("backup", keeping.backup),
    ("restore", keeping.restore),
    ("reset", keeping.reset),
    ("rebuild", keeping.rebuild),
    ("init", configuring.init),
    ("check-config", configuring.check_config),
    ("simulate", simulating.simulate),
):
    app.command(_name)(_command)
reporting.app.command("transfers")(transferring.transfers)
app.add_typer(reporting.app)
app.add_typer(influxdb.app)
app.add_typer(ruling.app)


@app.callback(invoke_without_command=True)
def _begin(version: Annotated[bool, typer.Option("--version", help="Say the version and end.")] = False) -> None:
    if version:
        print(f"seatwatch {__version__}")
        raise typer.Exit


def main() -> NoReturn:
    """Run the command line; a fault becomes a sentence on stderr and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that the terminal's alphabet lacks is shown with a mark in its place.
            stream.reconfigure(errors="replace")
    try:
        app()
    except (ConfigError, UsageError) as error:
        tell(str(error), "red")
        sys.exit(2)
    except SeatwatchError as error:
        tell(str(error), "red")
        sys.exit(1)
    sys.exit(0)
