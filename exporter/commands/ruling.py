"""The command `rules build`: the alert rules that Prometheus is given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from exporter.alerting.document import rules_document
from exporter.commands.options import DEFAULT_CONFIG, ConfigPath, settings_at, tell
from exporter.config.alerts import alert_settings_of
from exporter.exports.destination import destination

app = typer.Typer(name="rules", no_args_is_help=True, help="Alert rules for Prometheus.")


@app.callback()
def _group() -> None:
    """Make `build` a command of its own, though it is the only one."""


@app.command("build")
def build(
    out: Annotated[
        Path | None, typer.Option(help="Write to this file instead of stdout, in the place of an old one.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Write the alert rules by the `alerts` of the configuration."""
    made = rules_document(alert_settings_of(settings_at(config).alerts))
    with destination(out) as file:
        file.write(made)
    if out is not None:
        tell(f"{out} is written. Name it under rule_files in Prometheus' configuration, and have that reread.")
