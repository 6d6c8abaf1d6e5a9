"""How values of panels look, in Grafana's words: units, thresholds, colours of series, words in place of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dashboards import palette
from dashboards.query import Query
from dashboards.site import Thresholds

Steps = Sequence[tuple[float | None, str]]
"""From which value on (None: from the least) which colour."""
Json = dict[str, Any]


def saturation(thresholds: Thresholds, of: float = 1) -> Steps:
    """Return the colours of a share of the issued seats, *of* 1 or of 100."""
    warning, critical = of * thresholds.warning, of * thresholds.critical
    return ((None, palette.WELL), (warning, palette.WARNING), (critical, palette.CRITICAL))


def expiry(thresholds: Thresholds) -> Steps:
    """Return the colours of the time until a licence expires."""
    soon, well = thresholds.expires_soon, max(thresholds.expires, thresholds.expires_soon)
    return ((None, palette.CRITICAL), (soon, palette.WARNING), (well, palette.WELL))


def any_is(colour: str) -> Steps:
    """Return the colours of what should be 0: well, and *colour* from 1 on."""
    return ((None, palette.WELL), (1, colour))


def should_be_1(colour: str = palette.CRITICAL) -> Steps:
    """Return the colours of what should be 1."""
    return ((None, colour), (1, palette.WELL))


def field(
    unit: str, no_value: str, *, overrides: Iterable[Json] = (), custom: Json | None = None, **defaults: Any
) -> Json:
    """Return the options of fields that grafanalib has no words for."""
    given = {key: value for key, value in defaults.items() if value is not None and value != []}
    more: Json = {"custom": custom} if custom else {}
    return {
        "fieldConfig": {"defaults": {"unit": unit, "noValue": no_value, **given, **more}, "overrides": list(overrides)}
    }


def thresholds(steps: Steps) -> Json:
    """Return colours by values as thresholds."""
    return {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in steps]}


def words(texts: Mapping[str, str] | None) -> list[Json]:
    """Return words that are shown in place of values."""
    if not texts:
        return []
    return [{"type": "value", "options": {value: {"text": text} for value, text in texts.items()}}]


def of_series(queries: Sequence[Query], colours: Mapping[str, str] | None) -> list[Json]:
    """Return the colours of queries that have one, by the name of their series, and those of series by name."""
    of_queries = {query.legend: query.colour for query in queries if query.colour}
    return [
        for_field(name, {"color": {"mode": "fixed", "fixedColor": colour}})
        for name, colour in {**of_queries, **(colours or {})}.items()
    ]


def for_field(name: str, properties: Mapping[str, Json]) -> Json:
    """Return what holds for one field only; both options are objects, which is all that Grafana's schema allows."""
    return {
        "matcher": {"id": "byNames", "options": {"mode": "include", "names": [name]}},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }
