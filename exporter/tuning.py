"""What the configuration says of alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Severity = Literal["critical", "warning", "info"]


class Tuning(NamedTuple):
    """An entry about one alert; what it doesn't say is None, and stays as it was."""

    alert: str
    """Its key."""
    match: Mapping[str, str]
    """Labels and their values: whom it is about; empty: all that nothing else is said of."""
    threshold: int | None = None
    """Percent, a number, or seconds, as the alert counts."""
    window: int | None = None
    """Seconds that it looks back."""
    hold: int | None = None
    """Seconds that it has to last."""
    severity: Severity | None = None
    team: str | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """All of it."""

    tunings: Sequence[Tuning] = field(default_factory=tuple)
    """As they are written; of those with a `match`, the first that fits holds."""
    team: str | None = None
    """The value of a label for whom it may concern; None: no label."""
    dashboards_url: str | None = None
    """Where Grafana is; None: no links."""
    job: str = "seatwatch"
    """What Prometheus calls the scrape."""
