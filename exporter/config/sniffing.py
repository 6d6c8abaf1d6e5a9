"""
What a log file says about itself: its formats, and of a FlexNet debug log which server, vendors and features.

A glance, not a reading: the first and the last MiB of a file. The stages read logs exactly; this finds a first guess.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct

from exporter.names import decode

_HEAD = 1 << 20
_PROBE = 1 << 18
_ENOUGH = 5
"""Framed lines that make a FlexNet log of a file, when they are also most of its lines."""

_FRAME = re.compile(r"\s*(?:\d\d?/\d\d?\s+)?\d\d?:\d\d(?::\d\d)?\s+\(([^()\s]+)\)\s?(.*)")
_EVENT = re.compile(r'(?:OUT|IN): (?:\d+ )?(?:"([^"]+)"|(\S+))\s+\S.*@')
_STARTED = re.compile(r"(?:FLEX|Flex)\S* Licensing .*? started on (\S+)")
_SERVING = re.compile(r"(?:Server|License server system) started on (\S+)")
_ACCOUNTING = re.compile(
    r"^.*? ([^\s:\[\]]+)(?:\[\S*\]:?|:) \S+ (?:START|STOP|END) \d{8}-\d{4} \S+ PID: \S+$", re.MULTILINE
)
_MODULES = re.compile(r"^.*? ModuleUsageTracking(?:\[\S*\]:?|:) .*\bmodule=", re.MULTILINE)
_TRANSFER = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \[INFO\] .*\(\d+ Bytes\)", re.MULTILINE)
_DIRECTED = re.compile(r"t?rx_|tx_")
"""How the name of a log of transfers begins."""
_LOGIN = Struct("<h338xI40x")
"""A record of a wtmp: its type, and its time in UTC seconds."""
_LOGIN_TYPES = range(1, 10)
_DATED = re.compile(r"(?:Start-Date|Server's System Date and Time): \w{3} \w{3} [ \d]\d \d{4} [ \d]\d:\d\d:\d\d (.+)")
_OPENERS: dict[bytes, Callable[[Path], gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZ": bz2.BZ2File,
    b"\xfd7": lzma.LZMAFile,
}


class NotALog(Exception):
    """The file is none that can be proposed; the text says why, as the end of a sentence that begins with its name."""


@dataclass(slots=True)
class Glance:
    """What was seen in a file."""

    hosts: list[str] = field(default_factory=list)
    """Hosts the server started on, the latest last."""
    features: dict[str, set[str]] = field(default_factory=dict)
    """Features checked out or in, by vendor daemon."""
    zone_texts: list[str] = field(default_factory=list)
    """Time-zone texts, the latest last."""
    formats: dict[str, set[str]] = field(default_factory=lambda: {"flexlm": set()})
    """Formats of its lines or records, with the tags under which accounting stands."""

    def add(self, other: Glance) -> None:
        """Take in what an older file of the same stream says."""
        self.hosts[:0] = other.hosts
        self.zone_texts[:0] = other.zone_texts
        for mine, theirs in ((self.features, other.features), (self.formats, other.formats)):
            for name, more in theirs.items():
                mine.setdefault(name, set()).update(more)


def glance(path: Path) -> Glance:
    """Return what the log at *path* says about itself. Raises NotALog."""
    try:
        head, tail = _ends(path)
    except PermissionError as error:
        raise NotALog("can't be read by this user") from error
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise NotALog(f"can't be read: {getattr(error, 'strerror', None) or error}") from error
    if not head:
        raise NotALog("is empty, so its format can't be seen")
    if _is_wtmp(head):
        if path.name.startswith("btmp"):
            raise NotALog("holds failed logins, of which no session comes; name the wtmp beside it")
        return Glance(formats={"wtmp": set()})
    if _DIRECTED.match(path.name) and _TRANSFER.search(head[:_PROBE].decode("latin-1")):
        return Glance(formats={"metpx": set()})
    if formats := _syslog_formats(head) | _syslog_formats(tail):
        return Glance(formats=formats)
    _expect_flexnet(head[:_PROBE])
    found = Glance()
    for line in _lines(head) + _lines(tail):
        framed = _FRAME.match(line)
        if framed:
            _take(found, framed[1], framed[2].rstrip())
    return found


def _ends(path: Path) -> tuple[bytes, bytes]:
    """Return the first and the last MiB of a file, of a compressed file the first only."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        opener = _OPENERS.get(head[:2])
        if opener is not None:
            with opener(path) as unpacked:
                return unpacked.read(_HEAD), b""
        size = file.seek(0, os.SEEK_END)
        file.seek(max(len(head), size - _HEAD))
        return head, file.read(_HEAD)


def _is_wtmp(head: bytes) -> bool:
    """Say whether the first records are those of an x86 host's wtmp: of types that there are, and of its times."""
    records = [
        _LOGIN.unpack_from(head, at) for at in range(0, min(len(head), 9 * _LOGIN.size) - _LOGIN.size + 1, _LOGIN.size)
    ]
    return bool(records) and b"\0" in head and all(kind in _LOGIN_TYPES and time for kind, time in records)


def _syslog_formats(data: bytes) -> dict[str, set[str]]:
    """Return the formats whose lines stand in a file of syslog, with the tags of accounting."""
    text = "\n".join(line.rstrip("\r") for line in _lines(data))
    tags = {tag for tag in map(decode, _ACCOUNTING.findall(text)) if tag.isprintable() and len(tag.split()) == 1}
    return ({"startstop": tags} if tags else {}) | ({"lmod": set()} if _MODULES.search(text) else {})


def _expect_flexnet(probe: bytes) -> None:
    if probe.startswith(b"\x28\xb5\x2f\xfd"):
        raise NotALog("is compressed with zstd, which can't be looked into here; name an uncompressed log beside it")
    if probe[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise NotALog("is UTF-16; a licence server writes bytes, so this is a copy that an editor made")
    lines = [line for line in _lines(probe) if line.strip()]
    framed = sum(1 for line in lines if _FRAME.match(line))
    if framed < min(_ENOUGH, len(lines)) or framed * 2 < len(lines):
        raise NotALog(
            "is no log that Seatwatch knows; it looks for FlexNet debug logs (lines of `H:MM:SS (daemon) ...`), "
            "for START/STOP accounting and Lmod's module loads in files of syslog, for MetPX's tx_NAME.log and "
            "rx_NAME.log, and for wtmp"
        )


def _lines(data: bytes) -> list[str]:
    return data.removeprefix(b"\xef\xbb\xbf").decode("latin-1").split("\n")


def _take(found: Glance, daemon: str, message: str) -> None:
    event = _EVENT.match(message)
    if event:
        found.features.setdefault(decode(daemon), set()).add(decode(event[1] or event[2]))
        return
    started = _STARTED.match(message) or _SERVING.match(message)
    if started:
        found.hosts.append(decode(started[1]))
    dated = _DATED.search(message)
    if dated:
        found.zone_texts.append(decode(dated[1]).strip())
