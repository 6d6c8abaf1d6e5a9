"""
What a log of module loads says, found without a regular expression or a cache: a brute-force model of the format.

For logs in UTC whose loads tell their second (`docs/lmod.md`); prefixes are those of `startstop_model`.
"""

from __future__ import annotations

from exporter.events import Use
from tests.contract.startstop_model import BLANK, DIGITS, EARLIEST, _plain, _rfc5424

WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
KEYS = ("user", "module", "path", "host", "time")


def events_of(log: bytes, not_after: int) -> list[Use]:
    """Return the loads of a log whose times are believed up to the UTC second *not_after*."""
    found: list[Use] = []
    at, before = 0, None
    for number, raw in enumerate(log.split(b"\n")):
        line = raw.decode("latin-1")
        mark = 3 if number == 0 and line.startswith("\xef\xbb\xbf") else 0
        line = line[mark:].strip(" \t\r\0")
        said = _plain(line) or _rfc5424(line)
        use = None if said is None or said[2] != "ModuleUsageTracking" else _load(said[3], at + mark, not_after)
        if use is None and before is not None:
            times = _repeated(line, before[0])
            found += [before[1]._replace(at=at + mark, uses=times)] if times is not None else []
        found += [use] if use else []
        before = (said[1], use) if use and said else None
        at += len(raw) + 1
    return found


def _repeated(line: str, host: str) -> int | None:
    """Return how often the line before came again, by a line of the same host."""
    head, words, rest = line.partition(" last message repeated ")
    number, _, unit = rest.partition(" ")
    stamp, _, own = head.rpartition(" ")
    dated = words and ":" in stamp and own == host
    return int(number) if dated and _is_number(number, 6) and unit in {"time", "times"} else None


def _is_number(text: str, most: int) -> bool:
    return 1 <= len(text) <= most and DIGITS.issuperset(text)


def _load(text: str, at: int, not_after: int) -> Use | None:
    text = text.rstrip(BLANK)
    uses = 1
    number, words, rest = text.removeprefix("message repeated ").partition(" ")
    unit = next((unit for unit in ("times: [", "time: [") if rest.startswith(unit)), None)
    if text.startswith("message repeated ") and words and unit and _is_number(number, 6) and rest.endswith("]"):
        uses, text = int(number), rest[len(unit) : -1].removeprefix(" ").removesuffix(" ")
    fields = _fields(text)
    if fields is None or not all(fields.get(key) for key in KEYS):
        return None
    second, fraction = fields["time"], ""
    for sign in ".,":
        if sign in fields["time"]:
            second, _, fraction = fields["time"].partition(sign)
            break
    parts = fields["host"].split(".")
    cluster = parts[1] if len(parts) > 1 else parts[0]
    if not _is_number(second, 12) or not DIGITS.issuperset(fraction) or not cluster:
        return None
    if not EARLIEST <= int(second) <= not_after:
        return None
    user, module, path = fields["user"][:64], fields["module"][:64], fields["path"][:1024]
    return Use(int(second), at, cluster[:32], "lmod", module, f"{user}@{fields['host']}", path, uses)


def _fields(text: str) -> dict[str, str] | None:
    """Return the values of the keys, None where one is said twice."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        key = _key_at(text, at)
        if key is None or (at and text[at - 1] not in BLANK):
            at += 1
            continue
        value, at = _value_at(text, at + len(key) + 1)
        if key in found:
            return None
        if key in KEYS:
            found[key] = value
    return found


def _key_at(text: str, at: int) -> str | None:
    end = at
    while end < len(text) and text[end] in WORD:
        end += 1
    return text[at:end] if end > at and text[end : end + 1] == "=" else None


def _value_at(text: str, at: int) -> tuple[str, int]:
    """Return the value that begins at a place, and where it ends."""
    for quote in "\"'":
        if text[at : at + 1] == quote:
            value, end = "", at + 1
            while end < len(text) and text[end] != quote:
                if quote == '"' and text[end] == "\\":
                    value += text[end + 1 : end + 2] if text[end + 1 : end + 2] in {'"', "\\"} else text[end : end + 2]
                    end += 2
                else:
                    value += text[end]
                    end += 1
            if end < len(text) and text[end + 1 : end + 2] in {"", *BLANK}:
                return value, end + 1
    end = at
    while end < len(text):
        behind = end
        while behind < len(text) and text[behind] in BLANK:
            behind += 1
        if behind > end and _key_at(text, behind) is not None:
            break
        end += 1
    return text[at:end].strip(BLANK), end
