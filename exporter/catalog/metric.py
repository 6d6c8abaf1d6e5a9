"""What a metric is, and what its series are told apart by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Kind = Literal["gauge", "counter", "histogram"]


class Metric(NamedTuple):
    """One metric; *labels* are in the order in which their values are given."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str


FEATURE = ("server", "vendor", "feature")
DAEMON = ("server", "vendor")
SOURCE = ("source",)
PRODUCT = ("product",)
SINK = ("sink", "tier")


def unique(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """Return *metrics* as they are; raise ValueError when two have one name."""
    names = set[str]()
    listed = tuple(metrics)
    for metric in listed:
        if metric.name in names:
            raise ValueError(f"The catalog names the metric {metric.name} twice; rename one of the two.")
        names.add(metric.name)
    return listed
