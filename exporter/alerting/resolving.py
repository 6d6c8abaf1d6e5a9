"""What holds for whom: defaults of the catalog, then the entry about an alert as a whole, then the first that fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from exporter.catalog.alerts import Alert, of_key
from exporter.tuning import AlertSettings, Severity, Tuning


class Resolved(NamedTuple):
    """What holds for an alert and some of those that it is about."""

    threshold: int
    """Percent, a number, or seconds; 0 where the alert has none, and so is *window*."""
    window: int
    hold: int
    severity: Severity
    team: str | None
    enabled: bool
    job: str
    """What Prometheus calls the scrape."""


def as_a_whole(alert: Alert, settings: AlertSettings) -> Resolved:
    """Return what holds for all that no entry names."""
    default = Resolved(
        threshold=alert.threshold.default if alert.threshold else 0,
        window=alert.window or 0,
        hold=alert.hold,
        severity=alert.severity,
        team=settings.team,
        enabled=True,
        job=settings.job,
    )
    for tuning in settings.tunings:
        if tuning.alert == alert.key and not tuning.match:
            default = tuned(default, tuning)
    return default


def named(alert: Alert, settings: AlertSettings) -> Iterator[Tuning]:
    """Yield the entries about some of those that the alert is about, in their order."""
    for tuning in settings.tunings:
        if tuning.alert == alert.key and tuning.match and tuning.match.keys() <= {*alert.labels}:
            yield tuning


def tuned(whole: Resolved, tuning: Tuning) -> Resolved:
    """Return *whole* with what *tuning* says."""
    said = tuning._asdict()
    return whole._replace(**{key: said[key] for key in whole._fields if said.get(key) is not None})


def threshold_for_graphs(key: str, settings: AlertSettings) -> int:
    """Return the threshold of the alerts of a *key*, as they count, for all that no entry names."""
    return as_a_whole(of_key(key)[0], settings).threshold


def matches_of(tunings: Sequence[Tuning]) -> list[Mapping[str, str]]:
    """Return whom the *tunings* are about."""
    return [tuning.match for tuning in tunings]
