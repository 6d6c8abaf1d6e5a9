"""Servers that can't be set up from here, InfluxDB 3 among them: what has to be done by hand, in words."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from exporter.errors import SinkRefuses
from exporter.publish.influxdb.setup import Found, Step
from exporter.publish.influxdb.storage import Storage

_VERSION_3 = (
    "InfluxDB 3 takes the time for which a database keeps points only when that is made, and Core can't change it "
    "later, so nothing is set up here. Make those that are missing yourself:"
)
_UNKNOWN = (
    "The server does not say that it is an InfluxDB, so nothing is set up here; how long it keeps points is said in "
    "its own configuration. For an InfluxDB, write api: v1 or v2."
)
_TOGETHER = (
    "VictoriaMetrics, and whatever else leaves the bucket's name aside, puts all tiers into one place, where minutes, "
    "hours and days of the same second take the place of each other: write tag_tier: true, so that each window tells "
    "its tier."
)
_TAGGED = "Each window tells its tier by the tag tier, so that it doesn't matter whether the tiers lie in one place."
_UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))


class Unmanaged:
    """Says what there is to do (see `Management`)."""

    def __init__(self, database: str, *, version_3: bool, tag_tier: bool) -> None:
        """
        Speak of the databases whose names begin with *database*; *version_3*: they are an InfluxDB 3's.

        *tag_tier*: windows tell their tier, wherever they lie.
        """
        self._database = database
        self._version_3 = version_3
        self._tag_tier = tag_tier

    def found(self, wanted: Sequence[Storage]) -> Found:
        """Return what has to be done by hand."""
        if not self._version_3:
            return Found(None, notes=(_UNKNOWN, _TAGGED if self._tag_tier else _TOGETHER))
        return Found(None, notes=(_VERSION_3, *(self._command(storage) for storage in wanted)))

    def place(self, tier: str) -> str:
        """Return what the tier's database is called."""
        return f"the database {self._database}/{tier}"

    def carry_out(self, step: Step) -> None:
        """Refuse; there is nothing that could be done."""
        raise SinkRefuses(f"{self.place(step.storage.tier)} can't be set up from here.")

    def _command(self, storage: Storage) -> str:
        # Without the option it keeps them for ever; a 0 would mean not at all.
        keep = "" if storage.keep is None else f"--retention-period {_duration(storage.keep)} "
        return f"    influxdb3 create database {keep}{shlex.quote(f'{self._database}/{storage.tier}')}"


def _duration(seconds: int) -> str:
    unit, length = next((unit, length) for unit, length in _UNITS if seconds % length == 0)
    return f"{seconds // length}{unit}"
