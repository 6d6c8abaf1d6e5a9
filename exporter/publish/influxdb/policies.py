"""Retention policies: how InfluxDB 1.x keeps the tiers, one policy each in one database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from exporter.errors import SinkRefuses
from exporter.publish.influxdb.influxql import duration, identifier, seconds_of
from exporter.publish.influxdb.setup import Found, Step
from exporter.publish.influxdb.storage import Storage

Ask = Callable[[str], list[dict[str, Any]]]
"""Runs one statement of InfluxQL and returns its rows by column; raises SinkAway, SinkRefuses, SinkRejects."""


class Policies:
    """The retention policies of one database (see `Management`)."""

    def __init__(self, ask: Ask, database: str) -> None:
        """Manage *database* by statements."""
        self._ask = ask
        self._database = database

    def found(self, wanted: Sequence[Storage]) -> Found:
        """Return the policies that have the names of the tiers."""
        if all(row["name"] != self._database for row in self._ask("SHOW DATABASES")):
            return Found({}, database=False)
        tiers = {storage.tier for storage in wanted}
        policies = self._ask(f"SHOW RETENTION POLICIES ON {identifier(self._database)}")
        storages = {
            row["name"]: Storage(row["name"], seconds_of(row["duration"]), seconds_of(row["shardGroupDuration"]))
            for row in policies
            if row["name"] in tiers
        }
        others = [row["name"] for row in policies if row["default"] and row["name"] not in storages]
        return Found(storages, notes=tuple(self._default(name) for name in others))

    def place(self, tier: str) -> str:
        """Return what the tier's policy is called."""
        return f"the retention policy {self._database}.{tier}"

    def carry_out(self, step: Step) -> None:
        """Do it; when the server does not, the error has the statement."""
        statement = statement_for(self._database, step)
        try:
            self._ask(statement)
        except SinkRefuses as error:
            raise SinkRefuses(f"{error}\nAn administrator may run the statement as well: {statement}") from error

    def _default(self, name: str) -> str:
        return (
            f"The default retention policy of {self._database} is {name}, and stays so: what is written or asked "
            "without the name of a policy goes there. Seatwatch always names one."
        )


def statement_for(database: str, step: Step) -> str:
    """Return the statement that does a step."""
    name, whole = identifier(step.storage.tier), identifier(database)
    keep, shard = (duration(seconds) for seconds in (step.storage.keep, step.storage.shard))
    if step.kind == "database":
        # With a policy of ours as the default, the server makes none of its own, which would keep all for ever.
        return f"CREATE DATABASE {whole} WITH DURATION {keep} REPLICATION 1 SHARD DURATION {shard} NAME {name}"
    if step.kind == "create":
        return f"CREATE RETENTION POLICY {name} ON {whole} DURATION {keep} REPLICATION 1 SHARD DURATION {shard}"
    return f"ALTER RETENTION POLICY {name} ON {whole} DURATION {keep} SHARD DURATION {shard}"
