"""Buckets: how InfluxDB 2 keeps the tiers, one bucket each with a rule for how long it keeps points."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from exporter.errors import SinkError, SinkRefuses
from exporter.publish.influxdb.answers import Answer
from exporter.publish.influxdb.client import Client
from exporter.publish.influxdb.setup import Found, Step
from exporter.publish.influxdb.storage import Storage

_AT_ONCE = 100
"""Buckets in a page of the server's list; the most it gives."""
_ID = re.compile("[0-9a-f]{16}")

Refused = Callable[[Answer, str], SinkError]
"""Returns what it means that the server answered so when it should do what the words say."""


class Buckets:
    """The buckets of one organisation that have the names of the database and a tier (see `Management`)."""

    def __init__(self, client: Client, refused: Refused, org: str, database: str) -> None:
        """Manage buckets of *org*, a name or an ID, by the library of *client*."""
        self._client = client
        self._refused = refused
        self._org = org
        self._database = database

    def found(self, wanted: Sequence[Storage]) -> Found:
        """Return the buckets of the tiers."""
        buckets = self._all()
        names = {storage.tier: self._name(storage.tier) for storage in wanted}
        storages = {tier: _storage(tier, buckets[name]) for tier, name in names.items() if name in buckets}
        return Found(storages, notes=(self._mapping(),))

    def place(self, tier: str) -> str:
        """Return what the tier's bucket is called."""
        return f"the bucket {self._name(tier)}"

    def carry_out(self, step: Step) -> None:
        """Do it."""
        from influxdb_client.domain.bucket_retention_rules import (  # noqa: PLC0415 -- takes half a second
            BucketRetentionRules,
        )

        name = self._name(step.storage.tier)
        rule: Any = BucketRetentionRules(  # type: ignore[no-untyped-call]  # the library's
            type="expire",
            every_seconds=step.storage.keep or 0,  # here 0 is for ever
            shard_group_duration_seconds=step.storage.shard,
        )
        if step.kind == "change":
            bucket = self._all()[name]
            bucket.retention_rules = [rule]
            self._do("change buckets", lambda library: library.buckets_api().update_bucket(bucket))
        else:
            org = self._org_id()
            self._do(
                "make buckets",
                lambda library: library.buckets_api().create_bucket(bucket_name=name, retention_rules=rule, org=org),
            )

    def _all(self) -> dict[str, Any]:
        """Return the organisation's buckets by name."""
        # Asked for by name, a missing bucket is a 404 to some versions, as an unknown organisation is to all.
        org = {"org_id" if _ID.fullmatch(self._org) else "org": self._org}
        pages = self._do(
            "list its buckets",
            lambda library: [*library.buckets_api().find_buckets_iter(**org, limit=_AT_ONCE)],
        )
        return {bucket.name: bucket for bucket in pages}

    def _org_id(self) -> str:
        if _ID.fullmatch(self._org):
            return self._org
        found = self._do(
            "name the organisation", lambda library: library.organizations_api().find_organizations(org=self._org)
        )
        if not found:
            raise SinkRefuses(
                f"The token may not see the organisation {self._org}, which buckets are made in: write its ID in org "
                "(`influx org list` tells it), or let the token read organisations."
            )
        return str(found[0].id)

    def _do(self, what: str, work: Callable[[Any], Any]) -> Any:
        try:
            done = self._client.use(work)
        except (AttributeError, KeyError, TypeError, ValueError):  # the library's, on what is not as it should be
            raise SinkRefuses(f"The server does not {what} as an InfluxDB 2 does; are url and api right?") from None
        if isinstance(done, Answer):
            raise self._refused(done, what)
        return done

    def _name(self, tier: str) -> str:
        return f"{self._database}/{tier}"

    def _mapping(self) -> str:
        return (
            f"InfluxQL finds these buckets as the database {self._database} with a retention policy for each tier: "
            "from 2.4 on the server maps buckets with such names by itself (a virtual DBRP mapping). Nothing has to be "
            "done for that, unless somebody mapped the same names to other buckets: `influx v1 dbrp list` tells."
        )


def _storage(tier: str, bucket: Any) -> Storage:
    if not bucket.retention_rules:
        return Storage(tier, None, None)
    rule = bucket.retention_rules[0]
    return Storage(tier, rule.every_seconds or None, rule.shard_group_duration_seconds)
