"""The buckets of the durations that are counted, named once: what goes into the ledger and what is shown agree."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_MINUTE, _HOUR, _DAY = 60, 3600, 86400

OF_SESSIONS = (
    *(_MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR),
    *(_DAY, 7 * _DAY, 30 * _DAY),
)
OF_TRANSFERS = (1, 2, 5, 10, 15, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR)
OF_WAITS = (10, 30, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 4 * _HOUR, 8 * _HOUR, _DAY)

BOUNDS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"session": OF_SESSIONS, "granted": OF_WAITS, "given_up": OF_WAITS, "reset": OF_WAITS, "latency": OF_TRANSFERS}
)
"""Upper bounds in seconds by kind: sessions, waits by their outcome, files sent. A bound belongs to its bucket."""
