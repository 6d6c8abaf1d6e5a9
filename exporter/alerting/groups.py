"""The groups of rules, as Prometheus' rule files have them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter.alerting.conditions import expression
from exporter.alerting.promql import duration
from exporter.alerting.resolving import Resolved, as_a_whole, matches_of, named, tuned
from exporter.alerting.wording import literal, words_of
from exporter.catalog.alerts import LICENCE_ALERTS, LOG_ALERTS, OWN_ALERTS, Alert
from exporter.tuning import AlertSettings

GROUPS: Mapping[str, Sequence[Alert]] = {
    "seatwatch-licences": LICENCE_ALERTS,
    "seatwatch-logs": LOG_ALERTS,
    "seatwatch-itself": OWN_ALERTS,
}


def groups(settings: AlertSettings) -> list[dict[str, Any]]:
    """Return the groups, each ``{name, rules}``; one without rules is left out."""
    made = ((name, [rule for alert in alerts for rule in _rules(alert, settings)]) for name, alerts in GROUPS.items())
    return [{"name": name, "rules": rules} for name, rules in made if rules]


def _rules(alert: Alert, settings: AlertSettings) -> Iterator[dict[str, Any]]:
    """Yield the rule for each entry about some, and the one for all others."""
    whole, entries = as_a_whole(alert, settings), list(named(alert, settings))
    for index, tuning in enumerate(entries):
        resolved = tuned(whole, tuning)
        if resolved.enabled:
            yield _rule(alert, tuning.match, matches_of(entries[:index]), resolved, settings.dashboards_url)
    if whole.enabled:
        yield _rule(alert, {}, matches_of(entries), whole, settings.dashboards_url)


def _rule(
    alert: Alert,
    match: Mapping[str, str],
    others: Sequence[Mapping[str, str]],
    resolved: Resolved,
    dashboards_url: str | None,
) -> dict[str, Any]:
    # The series have the labels of *match* anyway; named here they tell rules of one alert apart.
    labels = {**match, "severity": resolved.severity} | ({"team": resolved.team} if resolved.team else {})
    return {
        "alert": alert.name,
        "expr": expression(alert, match, others, resolved),
        "for": duration(resolved.hold),
        "labels": {label: literal(value) for label, value in labels.items()},
        "annotations": dict(words_of(alert, resolved, dashboards_url)),
    }
