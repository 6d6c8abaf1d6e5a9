"""How an InfluxDB of the configuration is reached, and how what goes there is written."""

from __future__ import annotations

from exporter.config.influxdb import Influxdb
from exporter.config.secrets import secret
from exporter.config.settings import Settings
from exporter.publish.influxdb.client import Access
from exporter.publish.influxdb.connection import Connection, connect
from exporter.publish.influxdb.lines import Lines


def access(number: int, one: Influxdb) -> Access:
    """Return how the server of an entry is reached, the *number*-th; reads its secrets. Raises ConfigError."""
    key = f"influxdb[{number}]"
    token = secret(f"{key}.token", one.token_file, one.token_env)
    password = secret(f"{key}.password", one.password_file, one.password_env)
    return Access(one.url, token, one.user, password, one.ca_file, one.proxy, one.timeout)


def connection(number: int, one: Influxdb) -> Connection:
    """Return a connection to write to a server of the configuration; nothing is asked of it yet. Raises ConfigError."""
    return connect(**vars(access(number, one)), database=one.database, api=one.api, org=one.org)


def lines(settings: Settings, one: Influxdb) -> Lines:
    """Return what writes windows and events as lines for a server of the configuration."""
    return Lines(settings.site.name, tag_tier=one.tag_tier)
