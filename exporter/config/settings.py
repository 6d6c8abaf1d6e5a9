"""
The settings: one frozen model a section of config.yaml, with the defaults.

Validation needs a context, ``{"folder": str, "formats": collection of str}``; `exporter.config.loading` gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from exporter.config.accounting import StartStop
from exporter.config.alerts import Alerts
from exporter.config.influxdb import Influxdb
from exporter.config.labs import Lab
from exporter.config.section import Section
from exporter.config.values import (
    Address,
    Duration,
    FilePath,
    Flag,
    Keep,
    Listed,
    Moment,
    Outset,
    Text,
    Url,
    Whole,
    Zone,
    is_zone,
    not_allowed,
)
from exporter.directory import NOBODY

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86_400, 365 * 86_400
MOST_SEATS = 999_999_999
"""The most that a log can tell, too; sums of more, over a day, would be too great for the ledger."""
ALONE = frozenset({"flexlm", "wtmp"})
"""Formats whose lines can't be understood one by one, or that have none."""


def _known_format(value: str, info: ValidationInfo[Mapping[str, Any]]) -> str:
    formats = info.context["formats"]
    if value not in formats:
        raise ValueError(not_allowed(value, sorted(formats)))
    return value


Count = Annotated[Whole, Field(ge=1)]
FormatName = Annotated[str, AfterValidator(_known_format)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Site(Section):
    """What this collector is called, and the zone whose hours and days the tiers use."""

    name: Text
    timezone: Zone


class LedgerFile(Section):
    """Where the ledger lies."""

    path: FilePath


class Source(Section):
    """Logs of one format and zone; may match many streams."""

    name: Text
    format: Annotated[tuple[FormatName, ...], Listed, Field(min_length=1)]
    """Tried per line, in this order."""
    server: Text
    """May hold ``{name}`` parts of the paths."""
    host: Text | None = None
    """Of wtmp: the machine that wrote the log, with parts like `server`; None: the server is that machine."""
    labs: tuple[Lab, ...] = ()
    """Of wtmp: which machines' logins count together."""
    timezone: Zone
    """Of the times in the log; the site's when left out."""
    paths: Annotated[tuple[FilePath, ...], Listed, Field(min_length=1)]
    """Patterns: ``*``, ``?``, ``[...]``, ``{name}`` for a part with a name."""
    archive: Annotated[tuple[FilePath, ...], Listed] = ()
    """Folders into which rotated logs are moved: a file there belongs to the log of its name."""
    encoding: Literal["utf-8", "utf-16"] = "utf-8"
    """Of logs without a byte order mark; one that has it is read by it."""
    redundant: Flag = False
    start: Outset = "beginning"
    """Where a log never seen before is begun: beginning, a time, or end (of what is there when the source is new)."""
    max_session: Duration | None = None
    """Seconds after which an open session ends as expired; None is what the format says."""
    gap_expiry: Duration = DAY
    """Seconds after a gap at which a session still suspect ends."""
    first_year: Annotated[Whole, Field(ge=1970, le=2199)] | None = None
    """Year of the first line, for logs that write none."""
    startstop: StartStop = StartStop()
    """How lines of the format of that name are written."""
    max_latency: Duration = 15
    """Seconds that a file may take; one that takes longer is late."""
    latency: Literal["utc", "raw"] = "utc"
    """Whether the clock of a log of transfers is turned into UTC before a stamp in UTC is subtracted from it."""
    product_patterns: Annotated[tuple[Text, ...], Listed] = ()
    """What files are told apart by, the first that fits; none: by the type that is a part of their names."""

    @field_validator("format")
    @classmethod
    def _several_are_read_line_by_line(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) > 1 and ALONE & set(value):
            raise ValueError(f"{min(ALONE & set(value))} can't be one of several; give it a source of its own")
        if len(value) != len(set(value)):
            raise ValueError("names a format twice")
        return value


class Capacity(Section):
    """Seats of a feature or of a product from a time on, or the licence files of a server."""

    server: Text | None = None
    vendor: Text | None = None
    feature: Text | None = None
    product: Text | None = None
    """A configured product that has seats of its own: its members' are not summed up."""
    seats: Annotated[Whole, Field(ge=0, le=MOST_SEATS)] | None = None
    since: Annotated[Moment | None, Field(alias="from")] = None
    """Without an offset: local to the zone of the server's first source; of a product, to the site's."""
    licence_files: Annotated[tuple[FilePath, ...], Listed] = ()
    """Of FlexNet; a folder stands for the files ``*.lic`` in it."""
    options_files: Annotated[tuple[FilePath, ...], Listed] = ()
    """Of its vendor daemons; where none is given, those that the licence files name, or that lie beside them."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        feature = {"server": self.server, "vendor": self.vendor, "feature": self.feature}
        row = {**feature, "product": self.product, "seats": self.seats, "from": self.since}
        given = {key for key, value in row.items() if value is not None}
        if self.licence_files and given - {"server"}:
            raise ValueError("has licence_files and a row of its own; make two entries of it")
        if self.options_files and not self.licence_files:
            raise ValueError("has options_files and no licence_files, which tell whose options they are")
        if self.product and given & feature.keys():
            raise ValueError("names a product and a feature; make two entries of it")
        needed = {"server"} if self.licence_files else {"seats", "from"} | (set() if self.product else {*feature})
        if missing := [key for key in row if key in needed - given]:
            instead = "" if self.licence_files or self.product else " (or licence_files)"
            raise ValueError(f"needs {', '.join(missing)}{instead}")
        return self


class Member(Section):
    """A feature that belongs to a product; a package names its components, which are not counted again."""

    server: Text
    vendor: Text
    feature: Text
    components: tuple[Text, ...] = ()


class Product(Section):
    """Features of any servers that are one thing to buy."""

    name: Text
    members: Annotated[tuple[Member, ...], Field(min_length=1)]
    measure: Literal["seats", "starts", "loads"] = "seats"
    type: Text | None = None
    price: Annotated[float, Field(ge=0)] | None = None


class People(Section):
    """Who people are: dated tables (files), and how they are shown."""

    tables: Annotated[tuple[FilePath, ...], Listed] = ()
    by_user: Flag = False
    """Windows are broken down by person, too."""
    nobody: tuple[str, ...] = tuple(sorted(NOBODY - {""}))
    """Names of users and hosts that are none; the empty one is none ever."""
    pseudonyms: Flag = False
    key_file: FilePath | None = None
    """Of the key of the pseudonyms; None: beside the ledger, where it is made."""


class Hosts(Section):
    """Which hosts there are: dated tables (files)."""

    tables: Annotated[tuple[FilePath, ...], Listed] = ()


class Calendar(Section):
    """When work is done."""

    prime_time: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")] = (
        "08:00-18:00"
    )
    working_days: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
    holidays: tuple[Moment, ...] = ()


class Denials(Section):
    """The rule that makes episodes of raw denials; both windows include their ends."""

    grant_window: Duration = 10
    retry_window: Duration = 20 * MINUTE


class Limits(Section):
    """Bounds that keep a broken log from taking the machine."""

    open_sessions: Count = 1_000_000
    features: Count = 2000
    """Shown at the endpoint, a source."""
    breakdown: Count = 200
    """Values a subject and window, and products of transfers a client and log."""


class FactsKept(Section):
    """How long the ledger keeps facts; None is for ever."""

    keep: Keep = None
    denials: Keep = None
    uses: Keep = None


class Live(Section):
    """The tier of one-minute windows."""

    keep: Keep = 35 * DAY


class Hourly(Section):
    """The tier of one-hour windows."""

    keep: Keep = 2 * YEAR


class Longterm(Section):
    """The tier of one-day windows."""

    keep: Keep = 10 * YEAR


class Tiers(Section):
    """How long each tier keeps its windows."""

    live: Live = Live()
    hourly: Hourly = Hourly()
    longterm: Longterm = Longterm()


class Prometheus(Section):
    """The endpoint; None switches it off."""

    listen: Address | None = ("127.0.0.1", 9877)


class Warehouse(Section):
    """The central database that gets the facts."""

    url: Url
    password_file: FilePath | None = None
    password_env: Text | None = None


class Log(Section):
    """What is told on stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["human", "json"] = "human"


class Settings(Section):
    """All of config.yaml."""

    site: Site
    ledger: LedgerFile
    sources: tuple[Source, ...]
    capacity: tuple[Capacity, ...] = ()
    products: tuple[Product, ...] = ()
    people: People = People()
    hosts: Hosts = Hosts()
    calendar: Calendar = Calendar()
    alerts: Alerts = Alerts()
    denials: Denials = Denials()
    limits: Limits = Limits()
    facts: FactsKept = FactsKept()
    tiers: Tiers = Tiers()
    prometheus: Prometheus = Prometheus()
    influxdb: tuple[Influxdb, ...] = ()
    log: Log = Log()
    warehouse: Warehouse | None = None

    @model_validator(mode="before")
    @classmethod
    def _sources_have_the_zone_of_the_site(cls, data: Any) -> Any:
        site, sources = data.get("site"), data.get("sources")
        zone = site.get("timezone") if isinstance(site, dict) else None
        if not isinstance(sources, list):
            return data
        default = {"timezone": zone if is_zone(zone) else "UTC"}  # a wrong one is a fault of `site` only
        return {**data, "sources": [default | item if isinstance(item, dict) else item for item in sources]}
