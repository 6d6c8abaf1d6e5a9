"""
The small values of the configuration (texts, durations, zones, addresses, paths, dates) as field types.

Each type refuses what it can't read with a sentence to go behind a key path: ``"Europe/Madird" is not a time zone``.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, PlainValidator, Strict, ValidationInfo

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_DURATION = re.compile(r"([0-9]{1,12})\s*([smhdwy]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400}
_LONGEST = 1000 * _SECONDS["y"]
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.%\w]+\]|[^:\[\]\s]*):([0-9]{1,5})")
_YEARS = range(1970, 2200)


def shown(value: object) -> str:
    """Return *value* as a fault quotes it: as YAML would be typed, on one line, and cut when it is long."""
    if isinstance(value, str):
        return quoted(value if len(value) <= 80 else value[:80] + "...")
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and abs(value) >= 10**20:
        return "this huge number"
    return str(value)[:80]


def quoted(text: str) -> str:
    """Return *text*, such as the path of a file, as YAML would be typed, on one line and whole."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def printable(text: str) -> str:
    """Return *text* so that any terminal takes it, whatever bytes a file name in it holds."""
    escaped = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(character if character.isprintable() else "\ufffd" for character in escaped)


def suggestion(word: object, allowed: Iterable[str]) -> str:
    """Return ``; did you mean "NAME"?`` for the nearest of *allowed*, or nothing when none is near."""
    folded = {name.casefold(): name for name in allowed}
    near = difflib.get_close_matches(str(word).casefold()[:80], folded, n=1, cutoff=0.6)
    return f'; did you mean "{folded[near[0]]}"?' if near else ""


def not_allowed(value: object, allowed: Iterable[str]) -> str:
    """Return the sentence for a value that is none of *allowed*."""
    names = tuple(allowed)
    return f"{shown(value)} is not known; allowed: {', '.join(names)}{suggestion(value, names)}"


def utc_second(moment: datetime, zone: str) -> int:
    """Return the UTC second of a `Moment`; without an offset it is local to *zone*."""
    return int((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp())


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    if _CONTROL.search(value):
        raise ValueError("must not hold control characters")
    return value


def parse_duration(value: Any) -> Any:
    """Return the seconds that a duration stands for. Raises ValueError with a sentence to go behind a key."""
    match = _DURATION.fullmatch(str(value).strip()) if type(value) in (str, int) else None
    seconds = int(match[1]) * _SECONDS[match[2]] if match else -1
    if not 0 <= seconds <= _LONGEST:
        raise ValueError(f"{shown(value)} is not a duration; write seconds, or a number with s, m, h, d, w or y: 35d")
    return seconds


def _duration_or_forever(value: Any) -> Any:
    return None if value is None or value == "forever" else parse_duration(value)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory"})


def is_zone(value: object) -> bool:
    """Tell whether *value* names an IANA time zone."""
    return isinstance(value, str) and value in _zones()


def _zone(value: str) -> str:
    if not is_zone(value):
        raise ValueError(f"{shown(value)} is not a time zone{suggestion(value, sorted(_zones()))}")
    return value


def _address(value: Any) -> Any:
    match = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[2]) > 65_535:
        example = "127.0.0.1:9877, [::1]:9877, or :9877 for all addresses"
        raise ValueError(f"{shown(value)} is not an address to listen on; write HOST:PORT, such as {example}")
    return match[1].strip("[]"), int(match[2])


def _path(value: Any, info: ValidationInfo[Mapping[str, Any]]) -> str:
    if not isinstance(value, str) or not _is_path(value):
        raise ValueError(f"{shown(value)} can't be the path of a file")
    return os.path.normpath(os.path.join(info.context["folder"], value))  # noqa: PTH118 -- Path would drop nothing less


def _is_path(value: str) -> bool:
    try:
        return value != "" and b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        return False


def _outset(value: Any) -> Any:
    if value in ("beginning", "end"):
        return value
    try:
        return _moment(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is neither beginning, nor end, nor a date such as 2022-01-31") from None


def _moment(value: Any) -> Any:
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 -- local to the source's zone
    if not isinstance(moment, datetime):
        raise ValueError(f"{shown(value)} is not a date; write 2022-01-31 or 2022-01-31 08:00:00")  # noqa: TRY004 -- for pydantic
    if moment.year not in _YEARS:
        raise ValueError(f"the year {moment.year} is not between {_YEARS[0]} and {_YEARS[-1]}")
    return moment


def _without_password(value: str) -> str:
    parts = urlsplit(value)
    if parts.password is not None:
        raise ValueError("must not hold a password; name the file that holds it in password_file")
    if not parts.scheme or not (parts.netloc or parts.path):
        raise ValueError("is not a URL; write SCHEME://HOST:PORT, such as http://127.0.0.1:8086")
    return value


def _http(value: str) -> str:
    parts = urlsplit(value)  # the value is not repeated: what does not belong there may be a secret
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must begin with http:// or https:// and a host, such as http://127.0.0.1:8086")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must hold no user and nothing behind a ? or #; there are keys of their own for such things")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("has a port that is no number up to 65535") from None
    return value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Text = Annotated[str, AfterValidator(_text)]
"""A name: not empty, without control characters."""
Url = Annotated[Text, AfterValidator(_without_password)]
HttpUrl = Annotated[Url, AfterValidator(_http)]
"""Where an HTTP server is; without user, password and query."""
Duration = Annotated[int, BeforeValidator(parse_duration)]
"""Seconds."""
Keep = Annotated[int | None, BeforeValidator(_duration_or_forever)]
"""Seconds; None is for ever."""
Zone = Annotated[str, AfterValidator(_zone)]
"""The name of an IANA time zone."""
Address = Annotated[tuple[str, int], BeforeValidator(_address)]
"""(host, port); an empty host is every address, port 0 is any free one."""
FilePath = Annotated[str, PlainValidator(_path)]
"""An absolute path; a relative one was taken from the folder of the configuration."""
Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A date (its midnight) or a time; without an offset it is local to the source's zone."""
Outset = Annotated[Literal["beginning", "end"] | datetime, PlainValidator(_outset)]
"""Where a log is begun: at its beginning, its end, or a `Moment`."""
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Listed = BeforeValidator(_listed)
"""Lets one value stand for a list of one."""
