"""The variables of the boards: which data sources, and of what they tell."""

from __future__ import annotations

from typing import Any

from grafanalib import core

from dashboards import promql
from dashboards.query import Source, data_source
from exporter.catalog import metrics

ANY = ".*"
"""What `All` stands for: one short pattern, however many names there are."""
_SAFE = "/^[^`]*$/"
"""Names with a backtick can't be chosen one by one: they would end the string that `promql` puts them into."""


def source(name: Source, label: str) -> Any:
    """Return the variable that chooses a data source; it is called *name*."""
    return core.Template(name=name, label=label, type="datasource", query=name)


def sources() -> tuple[Any, Any]:
    """Return both variables of data sources; every board has them, so that links may hand them on."""
    return source("prometheus", "Prometheus"), source("influxdb", "InfluxDB")


def names(name: str, label: str, query: str, *, of: Source, several: bool = True) -> Any:
    """
    Return the variable that chooses names which *query* finds; *several*: any number of them, or all.

    It is asked anew when the time range changes: what was there then is found then.
    """
    return core.Template(
        name=name,
        label=label,
        query=query,
        dataSource=data_source(of),
        regex=_SAFE if of == "prometheus" else "",
        multi=several,
        includeAll=several,
        allValue=ANY if several else None,
        refresh=core.REFRESH_ON_TIME_RANGE_CHANGE,
        sort=core.SORT_ALPHA_IGNORE_CASE_ASC,
    )


def of_servers() -> Any:
    """Return the variable of licence servers."""
    return names("server", "Server", f"label_values({metrics.FEATURE_IN_USE.name}, server)", of="prometheus")


def of_vendors() -> Any:
    """Return the variable of vendor daemons on the servers that are chosen."""
    where = promql.chosen("server")
    return names("vendor", "Vendor", f"label_values({metrics.FEATURE_IN_USE.name}{where}, vendor)", of="prometheus")


def of_features(*, several: bool = True) -> Any:
    """Return the variable of features of the servers and vendors that are chosen."""
    query = f"label_values({metrics.FEATURE_IN_USE.name}{promql.chosen('server', 'vendor')}, feature)"
    return names("feature", "Feature", query, of="prometheus", several=several)
