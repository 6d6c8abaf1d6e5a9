"""
MetPX's transfers, understood once more by brute force: to see that the reader takes no wrong shortcut.

For logs of UTC of a client, without patterns. It knows nothing of `exporter.formats`, and takes every line by itself,
word by word, as pxStats does.
"""

from __future__ import annotations

from datetime import UTC, datetime

from exporter.events import Transfer

EARLIEST = 631_152_000
DIGITS = frozenset("0123456789")


def events_of(log: bytes, not_after: int) -> list[Transfer]:
    """Return the transfers of a log whose times are believed up to the UTC second *not_after*."""
    found, at = [], 0
    for number, raw in enumerate(log.split(b"\n")):
        line = raw.decode("latin-1")
        mark = 3 if number == 0 and line.startswith("\xef\xbb\xbf") else 0
        event = _event(line[mark:].strip(" \t\r\0"), at + mark, not_after)
        found += [event] if event else []
        at += len(raw) + 1
    return found


def _event(line: str, at: int, not_after: int) -> Transfer | None:
    departure, comma, _ = line.partition(",")
    left = _departure(departure)
    if not comma or left is None or not EARLIEST <= left <= not_after:
        return None
    wanted = line.count("[INFO]") and line.count("Bytes")
    if not wanted or any(line.count(text) for text in ("/sec", " Segment ", "SEND TIMEOUT")):
        return Transfer(left, at, "tx", "a_b", "", error=True) if line.count("[ERROR]") else None
    size = line[line.find("(") + 1 : max(line.find("Bytes") - 1, 0)].strip(" \t\r\x0b\x0c")
    words = line.split(" ")
    if not size or len(size) > 12 or not DIGITS.issuperset(size) or len(words) < 7:
        return None
    parts = words[6].split(":")
    received = _moment(parts[6][:14]) if len(parts) > 6 else None
    if received is None:
        return None
    kind = words[6].split("/")[-1].split(":")[3:]
    latency = left - received
    return Transfer(
        *(left, at, "tx", "a_b", kind[0] if len(kind) > 1 and kind[0] else "other", int(size)),
        *(max(latency, 0), latency < 0, latency > 15, False),
    )


def _departure(text: str) -> int | None:
    signs = {4: "-", 7: "-", 10: " ", 13: ":", 16: ":"}
    if len(text) != 19 or any(text[place] != sign for place, sign in signs.items()):
        return None
    return _moment("".join(letter for place, letter in enumerate(text) if place not in signs))


def _moment(text: str) -> int | None:
    if len(text) != 14 or not DIGITS.issuperset(text):
        return None
    try:
        numbers = int(text[:4]), *(int(text[place : place + 2]) for place in range(4, 14, 2))
        return int(datetime(*numbers, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]  # six numbers
    except ValueError:
        return None
