"""The catalog of metrics: names, labels and helps keep the rules that Prometheus and the project have."""

import re

import pytest

from exporter.catalog import metrics, own_metrics
from exporter.catalog.metric import Metric, unique
from exporter.catalog.metrics import METRICS


def test_a_name_given_twice_is_refused() -> None:
    """Two metrics with one name raise an error that tells the name."""
    twice = Metric("licence_things", "gauge", (), "Things.")

    with pytest.raises(ValueError, match="licence_things twice"):
        unique((*METRICS, twice, twice._replace(help="Other things.")))


def test_every_metric_of_the_modules_is_listed() -> None:
    """A constant that was forgotten in METRICS would never be published, so there is none."""
    constants = (*vars(metrics).values(), *vars(own_metrics).values())
    named = {value.name for value in constants if isinstance(value, Metric)}

    assert named == {metric.name for metric in METRICS}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names_follow_the_rules(metric: Metric) -> None:
    """Names are prefixed snake case, counters alone end in _total, and no name looks like a part of a histogram."""
    assert re.fullmatch(r"(licence|seatwatch|transfer)_[a-z]+(_[a-z]+)*", metric.name)
    assert (metric.kind == "counter") == metric.name.endswith("_total")
    assert not metric.name.endswith(("_count", "_sum", "_bucket", "_created"))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_users_are_never_a_label(metric: Metric) -> None:
    """No metric can tell who used a licence."""
    assert set() == set(metric.labels) - {
        "server",
        "vendor",
        "feature",
        "class",
        "source",
        "outcome",
        "reason",
        "version",
        "product",
        "role",
        "counted",
        "sink",
        "tier",
        "machine",
        "direction",
        "client",
    }


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_helps_are_sentences(metric: Metric) -> None:
    """Every help begins with a capital letter, ends with a full stop and is one line."""
    assert re.fullmatch(r"[A-Z][^\n]+\.", metric.help)
