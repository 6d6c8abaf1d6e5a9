"""
What has to be done so that an InfluxDB keeps each tier as the configuration says: a plan, and carrying it out.

The plan is pure: from what there is and what there should be, steps that are a sentence each. Nothing is ever deleted
here, but a step that shortens what is kept lets the server drop what is older, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from exporter.publish.influxdb.storage import Storage, spoken


class Found(NamedTuple):
    """What there is on a server."""

    storages: Mapping[str, Storage] | None
    """By tier, without those that are missing; None where the server can't be asked, nor set up."""
    database: bool = True
    """Whether there is a database to put retention policies into."""
    notes: tuple[str, ...] = ()
    """Sentences on what is not done here."""


class Step(NamedTuple):
    """One thing to do."""

    kind: Literal["database", "create", "change"]
    """``database`` makes the database together with its first storage."""
    storage: Storage
    """As it is to be."""
    sentence: str
    drops: bool = False
    """Whether the server will drop points then."""


class Plan(NamedTuple):
    """All there is to do, in this order, and what else the user should know."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    possible: bool = True
    """Whether this server can be set up from here."""

    @property
    def drops(self) -> bool:
        """Whether the server will drop points."""
        return any(step.drops for step in self.steps)


class Management(Protocol):
    """What manages one server; each generation has its own. All but `place` raise SinkAway and SinkRefuses."""

    def found(self, wanted: Sequence[Storage]) -> Found:
        """Return what there is for the tiers that are wanted."""
        ...

    def place(self, tier: str) -> str:
        """Return what a tier's storage is called there: ``the bucket licences/live``."""
        ...

    def carry_out(self, step: Step) -> None:
        """Do it."""
        ...


def plan(found: Found, wanted: Iterable[Storage], place: Callable[[str], str]) -> Plan:
    """Return what turns *found* into *wanted*: nothing where all is as it should be."""
    if found.storages is None:
        return Plan((), found.notes, possible=False)
    steps: list[Step] = []
    for storage in wanted:
        there = found.storages.get(storage.tier)
        name = place(storage.tier)
        if there is None:
            first = not found.database and not steps
            what = f"the database, with {name} as its default" if first else name
            steps.append(Step("database" if first else "create", storage, f"Make {what}: {_terms(storage)}."))
        elif difference(there, storage):
            drops = there.outlasts(storage)
            warning = f" The server then drops what is older than {spoken(storage.keep)}." if drops else ""
            sentence = f"Change {name}: {difference(there, storage)}.{warning}"
            steps.append(Step("change", storage, sentence, drops))
    return Plan(tuple(steps), found.notes)


def difference(there: Storage, storage: Storage) -> str:
    """Return what makes *storage* of what is there, in words; nothing where they are alike."""
    told = []
    if there.keep != storage.keep:
        told.append(f"keep points for {spoken(storage.keep)} instead of {spoken(there.keep)}")
    if there.shard not in (None, storage.shard):
        told.append(f"make new shards of {spoken(storage.shard)} instead of {spoken(there.shard)}")
    return ", ".join(told)


def _terms(storage: Storage) -> str:
    return f"keep points for {spoken(storage.keep)}, in shards of {spoken(storage.shard)}"
