"""The section of one server that windows are shipped to."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from exporter.config.section import Section
from exporter.config.values import Duration, FilePath, Flag, HttpUrl, Text


class Influxdb(Section):
    """One InfluxDB to ship windows to."""

    name: Text
    url: HttpUrl
    api: Literal["auto", "v1", "v2"] = "auto"
    org: Text | None = None
    database: Text = "licences"
    user: Text | None = None
    token_file: FilePath | None = None
    token_env: Text | None = None
    """Name of the environment variable that holds the token."""
    password_file: FilePath | None = None
    password_env: Text | None = None
    ca_file: FilePath | None = None
    """Certificates of the authorities to trust instead of the system's."""
    proxy: HttpUrl | None = None
    timeout: Annotated[Duration, Field(ge=1, le=600)] = 10
    """Seconds to wait for a connection and for an answer."""
    tag_tier: Flag = False
    """Whether each window tells its tier by a tag: for servers that put all tiers into one place."""
