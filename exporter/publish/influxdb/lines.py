r"""
Windows and events as line protocol, which is how InfluxDB takes points. Pure.

    licence_usage,feature=MATLAB,server=lic1,site=x,vendor=MLM in_use_mean=1.5,in_use_max=2i,... 1700000000

Times are in seconds, so writes need ``precision=s``. Source of the format: InfluxDB's reference of line protocol, and
what the 1.6 server makes of it. Written here and not by the client library, which takes fifteen times as long.

**Names.** A tag's commas, blanks and equals signs get a backslash before them, a string's quotes and backslashes as
well; everything else stands for itself. What some server can't hold is replaced in one way, by the percent signs of
URLs, so that decoding these gives the name back:

- control characters, each byte of their UTF-8: a newline is ``%0A``, U+0085 is ``%C2%85``;
- in a tag, a backslash at the end or before a comma, a blank, an equals sign or another backslash: ``%5C``
  (any other stays: ``C:\`` is ``C:%5C``, ``a\b`` is ``a\b``);
- bytes of a path that are no UTF-8: ``%FF``;
- a percent sign that would be taken for one of these: ``%25`` before two hexadecimal digits or as the whole name;
- in a tag, the empty name: ``%``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal
from urllib.parse import quote, unquote

from exporter.catalog.influxdb import EVENTS, MODULE_LOADS, PRODUCT_USAGE, TIER, TRANSFERS, USAGE, USAGE_BY, Measurement
from exporter.catalog.tiers import Tier
from exporter.records import Happening

_UNHELD = "[\x00-\x1f\x7f-\x9f\udc80-\udcff]|%(?=[0-9A-Fa-f]{2})"
_UNHELD_IN_STRING = re.compile(_UNHELD)
_UNHELD_IN_TAG = re.compile(_UNHELD + r"|\\(?=[, =\\]|\Z)|\A%\Z")
_SPECIAL_IN_TAG = re.compile("[, =]")
_SPECIAL_IN_STRING = re.compile(r'["\\]')

_FORMATS = {"float": "%s=%%.6f", "integer": "%s=%%di"}
Measure = Literal["seats", "loads", "transfers", "by"]
_FIELDS = {
    measurement: ",".join(_FORMATS[field.kind] % field.name for field in measurement.fields).encode()
    for measurement in (USAGE, PRODUCT_USAGE, USAGE_BY, MODULE_LOADS, TRANSFERS)
}


class Lines:
    """The lines of one site."""

    def __init__(self, site: str, *, tag_tier: bool = False) -> None:
        """Write for the site of this name; with *tag_tier* each window tells its tier."""
        self._site = site
        self._tag_tier = tag_tier

    def windows(
        self,
        tier: Tier,
        names: tuple[str, ...],
        rows: Iterable[tuple[Iterable[int], Sequence[float] | None]],
        measure: Measure = "seats",
    ) -> Iterator[bytes]:
        """
        Yield a line for each window of a *tier* and a subject: (server, vendor, feature), (product,), or the tags of
        a transfer or of a group's use.

        Each row has the starts (UTC seconds) of windows that are alike, and their fields in the order of the
        measurement's; None: they are covered no more, and all fields are zero.
        """
        measurement, tags = _measured(names, measure)
        head = self._head(measurement, tags | ({TIER: tier.name} if self._tag_tier else {}))
        form = b"%b %b " % (head.encode().replace(b"%", b"%%"), _FIELDS[measurement])
        zeros = (0,) * len(measurement.fields)
        for starts, fields in rows:
            point = form % (zeros if fields is None else tuple(fields))
            for start in starts:
                yield b"%b%d\n" % (point, start)

    def events(self, happenings: Iterable[Happening]) -> Iterator[bytes]:
        """Yield a line for each; of two with the same names and kind in one second the server keeps the later."""
        for one in happenings:
            named = {"kind": one.kind, "server": one.server} | ({"vendor": one.vendor} if one.vendor else {})
            head = self._head(EVENTS, named)
            yield f'{head} title="{string(one.title)}",text="{string(one.text)}" {one.second}\n'.encode()

    def _head(self, measurement: Measurement, names: dict[str, str]) -> str:
        """Return a point's measurement and tags, in the order that the server would have to sort them into."""
        tags = {**names, "site": self._site}
        return ",".join([measurement.name, *(f"{key}={tag(tags[key])}" for key in measurement.tags if key in tags)])


def _measured(names: tuple[str, ...], measure: Measure) -> tuple[Measurement, dict[str, str]]:
    """Return the measurement of a subject, and its tags."""
    if len(names) == 1:
        return PRODUCT_USAGE, {"product": names[0]}
    if measure == "transfers":
        return TRANSFERS, dict(zip(("machine", "direction", "client", "product"), names, strict=True))
    if measure == "by":
        return USAGE_BY, dict(zip(("server", "vendor", "feature", "breakdown", "value"), names, strict=True))
    server, vendor, feature = names
    if measure == "loads":
        return MODULE_LOADS, {"server": server, "module": feature}
    return USAGE, {"server": server, "vendor": vendor, "feature": feature}


def tag(name: str) -> str:
    """Return a name as the value of a tag."""
    if not name:
        return "%"
    return _SPECIAL_IN_TAG.sub(r"\\\g<0>", _sayable(_UNHELD_IN_TAG, name))


def untagged(value: str) -> str:
    """Return the name whose tag a server holds as *value*: the other way round than `tag`."""
    return "" if value == "%" else unquote(value, errors="surrogateescape")


def string(text: str) -> str:
    """Return a text as it stands between the quotes of a string field."""
    return _SPECIAL_IN_STRING.sub(r"\\\g<0>", _sayable(_UNHELD_IN_STRING, text))


def _sayable(unheld: re.Pattern[str], text: str) -> str:
    said = unheld.sub(lambda match: quote(match[0], safe="", errors="surrogateescape"), text)
    return said if said.isascii() else said.encode(errors="replace").decode()
