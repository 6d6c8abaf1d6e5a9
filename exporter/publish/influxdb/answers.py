"""
What an InfluxDB's answer to a write means: stored, or one of the three kinds of `SinkError`. Pure.

Sources: the API references of 1.x, 2.x and 3, and what the 1.6 server does. A 400 of 1.x is a *partial write*: the
good lines are stored. A 500 may be one too (2.0), or say that a retention policy is missing (1.x).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from exporter.errors import SinkAway, SinkError, SinkRefuses, SinkRejects

_LONGEST = 300
"""Characters of a server's words that are repeated."""
_LIMIT = re.compile(r"max-(series|values)-per-\w+ limit exceeded")
"""1.x takes no more series, or no more values of a tag: no fault of the line."""
_OF_ANOTHER = re.compile(rb"\A\s*<|HTTP request to an HTTPS server")
"""A page of some web server, or the words of one that speaks TLS: nobody has looked at the lines."""
_SET_UP = "run `seatwatch influxdb setup`"


class Answer(NamedTuple):
    """What came back for a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def without(self, secret: bytes) -> Answer:
        """Return the same answer without a secret that it may repeat."""
        return self._replace(body=self.body.replace(secret, b"***"))

    @property
    def words(self) -> str:
        """What the server says, on one line and cut where it is long; "" where it is no text for people."""
        text = self.body.decode(errors="replace")
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if isinstance(told, dict) and "data" not in told:
            text = str(told.get("message") or told.get("error") or "")
        if text.lstrip().startswith("<"):
            return ""  # a page of some web server
        text = " ".join(text.split())
        return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text[:_LONGEST])


class Asked(NamedTuple):
    """What was asked of whom, as messages call it."""

    server: str
    place: str
    """Database and tier: ``licences/live``."""
    org: str | None
    credentials: str
    """The keys of the configuration that say as whom it was asked."""


def judged(answer: Answer, asked: Asked) -> SinkError | None:
    """Return what is wrong with the answer to a write, None when all is stored."""
    status, words = answer.status, answer.words
    said = f"{status}: {words}" if words else str(status)
    if status == 204:
        return None
    if status in (400, 422) and _OF_ANOTHER.search(answer.body):
        return SinkRefuses(f"{asked.server} answers as no InfluxDB does; is url right, with http or https? ({said}).")
    if status in (400, 413, 422) or (status == 500 and "partial write" in words):
        return _rejected(words or f"it answered {status}", asked)
    if status == 404 or (status == 500 and "retention policy not found" in words):
        return SinkRefuses(f"{asked.server} has no {asked.place} ({said}); {_SET_UP}, or correct url, api or org.")
    if status in (429, 408) or status >= 500:
        return SinkAway(f"{asked.server} can't take what was sent now ({said}).", retry_after(answer.headers))
    return SinkRefuses(f"{asked.server} {_refused(status, asked)} ({said}).")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds for which a server wants to be left alone; None where it names none."""
    told = headers.get("Retry-After", "")
    return float(told) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", told) else None


def _rejected(words: str, asked: Asked) -> SinkError:
    if _LIMIT.search(words):
        return SinkRefuses(f"{asked.server} takes no more series; raise that limit in its configuration ({words}).")
    if asked.org is None and "orgID" in words:
        return SinkRefuses(f"{asked.server} wants to know the organisation; name it in org ({words}).")
    return SinkRejects(words)


def _refused(status: int, asked: Asked) -> str:
    if status == 401:
        return f"does not know us; correct {asked.credentials}"
    if status == 403:
        return f"does not let us write to {asked.place}; give {asked.credentials} the right to"
    if status in range(300, 400):
        return "answers with the address of another server; write that in url"
    return "answers as no InfluxDB does; is url right?"
