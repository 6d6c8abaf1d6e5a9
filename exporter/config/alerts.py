"""The section `alerts`: entries about single alerts, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from exporter.catalog.alerts import KEYS, of_key
from exporter.config.section import Section
from exporter.config.values import Duration, Flag, HttpUrl, Text, not_allowed, parse_duration, shown
from exporter.tuning import AlertSettings, Severity, Tuning

NAMES = ("server", "vendor", "feature", "product", "source", "sink", "tier")
"""Keys that say whom an entry is about; they are the labels of the alerts."""
_MOST = 999_999_999


def _known_alert(value: str) -> str:
    if value not in KEYS:
        raise ValueError(not_allowed(value, KEYS))
    return value


def _threshold(value: Any, info: ValidationInfo) -> Any:
    """Take a threshold as its alert counts: percent, a number, or a duration."""
    key = info.data.get("alert")
    if key is None or value is None:
        return None  # the alert has a fault of its own
    threshold = of_key(key)[0].threshold
    if threshold is None:
        raise ValueError(f"is nothing that the alert {key} has")
    if threshold.unit == "duration":
        return parse_duration(value)
    most = 100 if threshold.unit == "percent" else _MOST
    if type(value) is not int or not 1 <= value <= most:
        what = "percent, 1 to 100" if threshold.unit == "percent" else "1 or more"
        raise ValueError(f"{shown(value)} must be a whole number: {what}")
    return value


class AlertRule(Section):
    """An entry about an alert: about some of those that it watches, or, where it names none, about all others."""

    alert: Annotated[Text, AfterValidator(_known_alert)]
    server: Text | None = None
    vendor: Text | None = None
    feature: Text | None = None
    product: Text | None = None
    source: Text | None = None
    sink: Text | None = None
    tier: Text | None = None
    threshold: Annotated[int | None, BeforeValidator(_threshold)] = None
    """Percent, a number, or seconds."""
    window: Annotated[Duration, Field(ge=1)] | None = None
    """Seconds that it looks back."""
    hold: Annotated[Duration | None, Field(alias="for")] = None
    """Seconds that it has to last."""
    severity: Severity | None = None
    team: Text | None = None
    enabled: Flag | None = None

    @property
    def match(self) -> Mapping[str, str]:
        """Whom it is about, by label."""
        named = ((name, getattr(self, name)) for name in NAMES)
        return {name: value for name, value in named if value is not None}

    @model_validator(mode="after")
    def _fits_its_alert(self) -> Self:
        alerts = of_key(self.alert)
        given = self.match.keys()
        if not any(given <= {*alert.labels} for alert in alerts):
            sets = (" and ".join(label for label in alert.labels if label in NAMES) for alert in alerts)
            told_apart = " or by ".join(filter(None, sets))
            what = f"tells its cases apart by {told_apart}" if told_apart else "has one case only"
            raise ValueError(f"names {', '.join(given)}, and the alert {self.alert} {what}")
        if self.window is not None and alerts[0].window is None:
            raise ValueError(f"has a window, and the alert {self.alert} does not look back")
        return self


class Alerts(Section):
    """What holds for all alerts, and entries about some."""

    dashboards_url: HttpUrl | None = None
    """Where Grafana is, for links to its boards."""
    team: Text | None = None
    """Value of the label `team`."""
    job: Text = "seatwatch"
    """What Prometheus calls the scrape of Seatwatch."""
    rules: tuple[AlertRule, ...] = ()


def alert_settings_of(alerts: Alerts) -> AlertSettings:
    """Return the section as rules are made from it."""
    return AlertSettings(
        tunings=tuple(
            Tuning(
                rule.alert, rule.match, rule.threshold, rule.window, rule.hold, rule.severity, rule.team, rule.enabled
            )
            for rule in alerts.rules
        ),
        team=alerts.team,
        dashboards_url=alerts.dashboards_url,
        job=alerts.job,
    )
