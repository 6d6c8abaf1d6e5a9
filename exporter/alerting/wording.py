"""What an alert says, as templates of Prometheus; what comes from the configuration can't be taken for one. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from exporter.alerting.promql import SCRAPE, duration
from exporter.alerting.resolving import Resolved
from exporter.catalog.alerts import Alert

_VALUES = {
    "number": '{{ $value | printf "%.0f" }}',
    "duration": "{{ $value | humanizeDuration }}",
    "bytes": "{{ $value | humanize1024 }}",
    "end": "{{ if ge $value 0.0 }}ends in {{ $value | humanizeDuration }}{{ else }}has ended{{ end }}",
}


def literal(text: str) -> str:
    """Return a template that says *text*, whatever it holds."""
    return text.replace("{{", '{{ "{{" }}')


def words_of(alert: Alert, resolved: Resolved, dashboards_url: str | None) -> Mapping[str, str]:
    """Return what happened, since when and what to do, and where to look at it."""
    told = _filled(alert, resolved)
    words = {"summary": told, "description": f"{told} It has been so {_since(alert)}. {alert.advice}"}
    return words | ({"dashboard": _link(alert, dashboards_url)} if dashboards_url else {})


def _filled(alert: Alert, resolved: Resolved) -> str:
    given = {"value": _VALUES[alert.shown], "window": duration(resolved.window)}
    given |= {label: f"{{{{ $labels.{label} }}}}" for label in alert.labels}
    return re.sub(r"\{(\w+)\}", lambda found: given[found[1]], alert.tells)


def _since(alert: Alert) -> str:
    """Return since when, which Prometheus keeps in a series of its own; in its first second it hasn't got that yet."""
    labels = (*SCRAPE, *alert.labels)
    matchers = ",".join((f'alertname=\\"{alert.name}\\"', *(f"{label}=%q" for label in labels)))
    values = " ".join(f"$labels.{label}" for label in labels)
    begun = f'printf "ALERTS_FOR_STATE{{{matchers}}}" {values} | query'
    moment = "{{ . | first | value | humanizeTimestamp }}"
    return f"{{{{ with {begun} }}}}since {moment}{{{{ else }}}}from now on{{{{ end }}}}"


def _link(alert: Alert, dashboards_url: str) -> str:
    chosen = "&".join(f"var-{label}={{{{ $labels.{label} | urlquery }}}}" for label in alert.labels)
    return f"{literal(dashboards_url.rstrip('/'))}/d/{alert.board}{'?' if chosen else ''}{chosen}"
