"""Which kinds of status texts there are, and which of them a text is."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from exporter.errors import UsageError
from exporter.status_texts import dsls, lmstat, lmx, lsdyna, olicense, rlmstat
from exporter.status_texts.draft import Draft
from exporter.status_texts.told import StatusText, UnknownLine


class Kind(NamedTuple):
    """How a kind is known, and what reads it."""

    mark: re.Pattern[str]
    """A line that holds this is of a text of this kind."""
    read: Callable[[Sequence[str], datetime, Draft], list[UnknownLine]]


KINDS: Mapping[str, Kind] = {
    "lmstat": Kind(lmstat.MARK, lmstat.read),
    "rlmstat": Kind(rlmstat.MARK, rlmstat.read),
    "lmx": Kind(lmx.MARK, lmx.read),
    "dsls": Kind(dsls.MARK, dsls.read),
    "lsdyna": Kind(lsdyna.MARK, lsdyna.read),
    "olicense": Kind(olicense.MARK, olicense.read),
}


def text_of(data: bytes) -> str:
    """Return the text of a file: UTF-8, else cp1252; UTF-16 with its mark, as PowerShell writes what it redirects."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read_status(text: str, near: datetime, kind: str | None = None) -> StatusText:
    """
    Return what a status text tells; of *kind*, or of the kind that one of its lines shows.

    *near* is the local time about which it was written: it tells the years that the text leaves out, where that tells
    no date itself. Raises UsageError when no line shows what kind of text it is.
    """
    lines = re.split(r"\r\n|\n|\r", text)
    kind = kind or _recognised(lines)
    draft = Draft()
    unread = KINDS[kind].read(lines, near, draft)
    return StatusText(kind, tuple(server.told() for server in draft.servers), tuple(unread))


def _recognised(lines: Sequence[str]) -> str:
    for line in lines:
        for name, kind in KINDS.items():
            if kind.mark.search(line):
                return name
    raise UsageError(
        "No line shows which licence server wrote this status text. It has to be all that one of these printed: "
        f"lmutil lmstat -a, rlmutil rlmstat -a, lmxendutil -licstat, getLicenseUsage -csv of DSLS, lstc_qrun -r, "
        f"olixtool; or say so with --kind {', '.join(KINDS)}."
    )
