"""
Safe pieces of PromQL.

Names of servers, vendors and features come from logs and hold anything: quotes, dollars, brackets, slashes,
backslashes. So a variable stands as ``=~`` and ``${name:regex}`` in backticks. Grafana puts a backslash before each
sign that means something in a regular expression, and joins several names by ``|``. Between double quotes such
backslashes would be PromQL's own escapes and mostly a fault of syntax; between backticks they stay as they are, and
double quotes, dollars and braces are plain. Grafana's own way for Prometheus, ``$name`` between double quotes, leaves
double quotes as they are and so breaks at a name that holds one. Only a backtick could end the string, and such names
aren't offered (`variables`).

A name that is written into a board, and not chosen on it, goes through `equals`.
"""

from __future__ import annotations

from exporter.catalog.metric import Metric

BY_FEATURE = "server, vendor, feature"
"""The labels of a feature, to sum or to join by."""
NAMED = "{{feature}} · {{vendor}} · {{server}}"
"""How the series of a feature is called."""
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "$": "\\x24", "[": "\\x5b"})


def chosen(*variables: str, also: str = "", **labels: str) -> str:
    """
    Return the braces that a metric's name is followed by: what is chosen by *variables*, each the label of its name.

    *labels*: where label and variable have different names; *also*: more matchers, as they stand in PromQL.
    """
    wanted = {**{name: name for name in variables}, **labels}
    matchers = [f"{label}=~`${{{variable}:regex}}`" for label, variable in wanted.items()]
    return "{" + ",".join([*matchers, *([also] if also else [])]) + "}"


def equals(label: str, value: str) -> str:
    """Return the matcher of one value, whatever it holds; Grafana sees no ``$feature`` or ``[[feature]]`` in it."""
    return f'{label}="{value.translate(_ESCAPES)}"'


def total(metric: Metric, by: str = "", where: str = "") -> str:
    """Return the sum of a gauge, by labels."""
    return f"sum{_by(by)} ({metric.name}{where})"


def one_each(text: str, by: str) -> str:
    """
    Return a query with nothing but the labels *by* on its series, and no name: rows of tables are joined by all that.

    Where two scrapes tell of the same, such as while a collector moves, the greater counts.
    """
    return f"max by ({by}) ({text})"


def rate(metric: Metric, by: str = "", where: str = "") -> str:
    """Return the summed rate of a counter, each second."""
    return f"sum{_by(by)} (rate({metric.name}{where}[$__rate_interval]))"


def increase(metric: Metric, by: str = "", where: str = "", span: str = "$__interval") -> str:
    """
    Return by how much a counter went up in *span*, by labels; as it is, in the time of a bar (`query.counts`).

    Not in `$__rate_interval`, which is longer than a bar: the same would be counted in several.
    """
    return f"sum{_by(by)} (increase({metric.name}{where}[{span}]))"


def share(part: Metric, whole: Metric, where: str = "") -> str:
    """Return a gauge as a share of another; nothing where the other is 0."""
    return f"{part.name}{where} / ({whole.name}{where} > 0)"


def top(count: int, text: str) -> str:
    """Return the greatest *count* series of a query, at each instant."""
    return f"topk({count}, {text})"


def bottom(count: int, text: str) -> str:
    """Return the least *count* series of a query, at each instant: of what should be 1, those that aren't."""
    return f"bottomk({count}, {text})"


def top_of_all(count: int, text: str, weight: str, by: str) -> str:
    """
    Return those *count* series of a query that weigh most at the end of the time shown, all along.

    *weight* tells how much, of the same labels *by*; each of its selectors ends in ``@ end()``. `top` by itself may
    choose others at each instant, so that more series than that are drawn, and torn.
    """
    return f"({text}) and on ({by}) topk({count}, {weight})"


def buckets(histogram: Metric, where: str = "") -> str:
    """Return how many fell into each bucket of a histogram in the time of a bar (`query.counts`)."""
    return f"sum by (le) (increase({histogram.name}_bucket{where}[$__interval]))"


def quantile(
    share_of_all: float, histogram: Metric, by: str = "", where: str = "", span: str = "$__rate_interval"
) -> str:
    """Return a quantile of a histogram over *span*."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share_of_all}, sum by ({labels}) (increase({histogram.name}_bucket{where}[{span}])))"


def mean(histogram: Metric, where: str = "", span: str = "$__rate_interval") -> str:
    """Return the mean of what a histogram counted over *span*."""
    return (
        f"sum(increase({histogram.name}_sum{where}[{span}])) / "
        f"(sum(increase({histogram.name}_count{where}[{span}])) > 0)"
    )


def _by(labels: str) -> str:
    return f" by ({labels})" if labels else ""
