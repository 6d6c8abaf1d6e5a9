"""The file of rules: YAML that people can read."""

from __future__ import annotations

from typing import Any

import yaml

from exporter.alerting.groups import groups
from exporter.tuning import AlertSettings

HEAD = "# Made by `seatwatch rules build` from `alerts` in its configuration: change it there, and make it anew.\n"


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stand line by line."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def rules_document(settings: AlertSettings) -> str:
    """Return the rules as a file that Prometheus reads."""
    document: dict[str, Any] = {"groups": groups(settings)}
    made: str = yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000)
    return HEAD + made
