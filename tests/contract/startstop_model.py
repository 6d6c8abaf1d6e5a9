"""
What a START/STOP log says, found without a regular expression or a cache: a brute-force model of the format.

For logs in UTC in the form of the documentation (`docs/startstop.md`). Nothing is shared with the exporter but the
names of the events.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from exporter.events import Start, Stop

BLANK = " \t\n\r\f\v"
DIGITS = frozenset("0123456789")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
EARLIEST = 631_152_000


def events_of(log: bytes, not_after: int) -> list[Start | Stop]:
    """Return the starts and stops of a log whose times are believed up to the UTC second *not_after*."""
    found, at = [], 0
    for number, raw in enumerate(log.split(b"\n")):
        line = raw.decode("latin-1")
        mark = 3 if number == 0 and line.startswith("\xef\xbb\xbf") else 0
        event = _event(line[mark:].strip(" \t\r\0"), at + mark, not_after)
        found += [event] if event else []
        at += len(raw) + 1
    return found


def _event(line: str, at: int, not_after: int) -> Start | Stop | None:
    message = _plain(line) or _rfc5424(line)
    if message is None:
        return None
    when, host, tag, text = message
    words = [word for word in text.split(" ") if word]
    if tag != "LIC_ACC" or len(words) != 6 or any(blank in word for word in words for blank in BLANK):
        return None
    app, word, told, user, label, pid = words
    minute = _date(told)
    if word not in ("START", "STOP", "END") or label != "PID:" or minute is None:
        return None
    time = _agreed(when, minute)
    if not EARLIEST <= time <= not_after:
        return None
    key = (time, at, tag, app, f"{user}@{host}", "", 1)
    if word == "START":
        return Start(*key, f"{pid} {user}", None, host)
    return Stop(*key, "returned", f"{pid} {user}", None, host)


def _agreed(when: object, minute: datetime) -> int:
    """Return the time of the prefix where it is within two minutes of the message's, else that."""
    second = int(minute.timestamp())
    if isinstance(when, tuple):
        month, day, clock = when
        near = min(
            (_in_year(minute.year + by, month, day, clock) for by in (0, -1, 1)), key=lambda it: _days(it, minute)
        )
        when = int(near.timestamp())
    return when if isinstance(when, int) and abs(when - second) <= 120 else second


def _days(one: datetime, other: datetime) -> int:
    return abs(one.date().toordinal() - other.date().toordinal())


def _in_year(year: int, month: int, day: int, clock: int) -> datetime:
    year = min(max(year, 1), 9999)
    if (month, day) == (2, 29) and not (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)):
        day = 28
    return datetime(year, month, day, tzinfo=UTC) + timedelta(seconds=clock)


def _date(text: str) -> datetime | None:
    day, dash, clock = text.partition("-")
    if not dash or len(day) != 8 or len(clock) != 4 or not DIGITS.issuperset(day + clock):
        return None
    return _moment(day[:4], day[4:6], day[6:], clock[:2], clock[2:], "0", UTC)


def _moment(*parts: object) -> datetime | None:
    *numbers, zone = parts
    try:
        return datetime(*map(int, numbers), tzinfo=zone)
    except ValueError:
        return None


def _clock(text: str) -> int | None:
    """Return the seconds of ``HH:MM:SS``, None for what no clock shows."""
    parts = text.split(":")
    if [2, 2, 2] != [len(part) for part in parts] or not DIGITS.issuperset("".join(parts)):
        return None
    hour, minute, second = map(int, parts)
    return hour * 3600 + minute * 60 + second if hour < 24 and minute < 60 and second < 60 else None


def _number_off(text: str) -> str:
    """Return *text* without a priority in angle brackets at its beginning."""
    number, end, rest = text[1:].partition(">")
    is_one = text[:1] == "<" and end and 1 <= len(number) <= 3 and DIGITS.issuperset(number)
    return rest if is_one else text


def _plain(line: str) -> tuple[object, str, str, str] | None:
    rest = _number_off(line)
    if rest[:3] not in MONTHS or rest[3:4] != " ":
        moment, rest = _iso(rest)
        return None if moment is None else _message(moment, rest)
    month = MONTHS.index(rest[:3]) + 1
    padded = rest[4:5] == " "
    number, _, rest = rest[5 if padded else 4 :].partition(" ")
    if not number or not DIGITS.issuperset(number) or len(number) > (1 if padded else 2):
        return None
    clock = _clock(rest[:8])
    if clock is None or not 1 <= int(number) <= DAYS[month - 1]:
        return None
    return _message((month, int(number), clock), _fraction_off(rest[8:], "."))


def _fraction_off(text: str, signs: str) -> str:
    """Return *text* without a sign and digits at its beginning."""
    if text[:1] and text[0] in signs and text[1:2] in DIGITS:
        text = text[1:]
        while text[:1] and text[0] in DIGITS:
            text = text[1:]
    return text


def _iso(text: str) -> tuple[int | None, str]:
    """Return the UTC second at the beginning of *text*, and what follows it."""
    day, clock = text[:10], text[11:19]
    numbers = day.split("-")
    seconds = _clock(clock)
    if [4, 2, 2] != [len(part) for part in numbers] or not DIGITS.issuperset("".join(numbers)):
        return None, ""
    if text[10:11] not in ("T", " ") or seconds is None:
        return None, ""
    rest = _fraction_off(text[19:], ".,")
    offset = timedelta()
    if rest[:1] == "Z":
        rest = rest[1:]
    elif rest.startswith(("+", "-")):
        sign = -1 if rest[0] == "-" else 1
        hours, minutes = rest[1:3], rest[4:6] if rest[3:4] == ":" else rest[3:5]
        if len(hours + minutes) != 4 or not DIGITS.issuperset(hours + minutes) or int(hours) > 23 or int(minutes) > 59:
            return None, ""
        offset = sign * timedelta(hours=int(hours), minutes=int(minutes))
        rest = rest[6 if rest[3:4] == ":" else 5 :]
    midnight = _moment(*numbers, "0", "0", "0", timezone(offset))
    return (None, "") if midnight is None else (int(midnight.timestamp()) + seconds, rest)


def _message(when: object, rest: str) -> tuple[object, str, str, str] | None:
    """Return (when, host, tag, text) of what stands behind the time."""
    host, blank, behind = _word(rest.lstrip(" "))
    if not rest.startswith(" ") or not host or blank != " ":
        return None
    rest = behind
    tag = ""
    while rest[:1] and rest[0] not in BLANK + ":[]":
        tag, rest = tag + rest[0], rest[1:]
    if rest[:1] == "[":
        process, end, behind = rest[1:].partition("]")
        if end and not any(blank in process for blank in BLANK):
            rest = behind if behind[:1] != " " else f":{behind}"
    if not tag or rest[:1] != ":":
        return None
    return when, host, tag, rest[1:].lstrip(" ")


def _word(text: str) -> tuple[str, str, str]:
    """Return the first word of *text*, the blank behind it and the rest."""
    word = ""
    while text[:1] and text[0] not in BLANK:
        word, text = word + text[0], text[1:]
    return word, text[:1], text[1:]


def _rfc5424(line: str) -> tuple[object, str, str, str] | None:
    rest = _number_off(line)
    if rest == line or not rest.startswith("1 "):
        return None
    rest = rest[2:]
    if rest.startswith("- "):
        when: object = None
        rest = rest[2:]
    else:
        when, rest = _iso(rest)
        if when is None or not rest.startswith(" "):
            return None
        rest = rest[1:]
    words = []
    for _ in range(4):
        word, blank, rest = _word(rest)
        if not word or blank != " ":
            return None
        words.append(word)
    behind = rest[1:] if rest.startswith("-") else _structured(rest)
    if behind is None or (behind and behind[0] != " "):
        return None
    return when, words[0], words[1], behind[1:].removeprefix("\xef\xbb\xbf").lstrip(" ")


def _structured(text: str) -> str | None:
    """Return what follows the elements in brackets that *text* begins with, None where they are not well."""
    if not text.startswith("["):
        return None
    while text.startswith("["):
        name, text = "", text[1:]
        while text[:1] and text[0] not in BLANK + ']"':
            name, text = name + text[0], text[1:]
        while text.startswith(" "):
            key, text = "", text[1:]
            while text[:1] and text[0] not in BLANK + '=]"':
                key, text = key + text[0], text[1:]
            if not key or not text.startswith('="'):
                return None
            text = text[2:]
            while text[:1] not in ('"', ""):
                text = text[2:] if text[0] == "\\" else text[1:]
            if not text:
                return None
            text = text[1:]
        if not name or not text.startswith("]"):
            return None
        text = text[1:]
    return text
