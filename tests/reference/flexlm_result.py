"""
What the reference reader found, and its tables as the worked examples write them.

Names are raw bytes in the records (pairing uses them) and are decoded in the tables only.

Choice: vendor, feature, user, host and display are decoded one by one, each as UTF-8, else as cp1252.
Choice: a control character is one of Unicode category Cc: also DEL, TAB and U+0080 to U+009F.
Choice: an open span and an open wait have an empty end in their tables, an open wait an empty outcome.
Choice: rows that are equal in all sorting columns stand in the order they were read.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from tests.reference.flexlm_lines import Said

Feature = tuple[bytes, bytes]
"""(vendor, feature)."""


@dataclass(eq=False)
class Span:
    """
    A stretch of one session with one number of seats; the places order states within a second.

    *doubt* is the (second, place) from which a gap left it in doubt, to its end; None where it never was.
    """

    start: int
    end: int | None
    seats: int
    start_place: float
    end_place: float = 0
    doubt: tuple[int, float] | None = None


@dataclass(eq=False)
class Session:
    """A session; open while *reason* is empty. *spans* has one entry more than there were changes."""

    vendor: bytes
    feature: bytes
    user: bytes
    host: bytes
    display: bytes
    handle: bytes
    inferred: bool
    spans: list[Span]
    reason: str = ""

    @property
    def start(self) -> int:
        """The UTC second it began."""
        return self.spans[0].start

    @property
    def end(self) -> int | None:
        """The UTC second it ended, None while it is open."""
        return self.spans[-1].end

    @property
    def seats(self) -> int:
        """Its last number of seats."""
        return self.spans[-1].seats

    def seat_seconds(self, frontier: int) -> int:
        """Seats times seconds over all spans, an open one to the frontier."""
        total = 0
        for span in self.spans:
            end = max(span.start, frontier) if span.end is None else span.end
            total += span.seats * (end - span.start)
        return total


@dataclass(eq=False)
class Denial:
    """One DENIED or UNSUPPORTED line; *code* is None where the line gives none."""

    vendor: bytes
    feature: bytes
    user: bytes
    host: bytes
    display: bytes
    seats: int
    time: int
    code: int | None
    kind: str


@dataclass(eq=False)
class Wait:
    """A wait in the queue; open while *outcome* is empty. The places order states within a second."""

    vendor: bytes
    feature: bytes
    user: bytes
    host: bytes
    display: bytes
    seats: int
    start: int
    start_place: float
    end: int | None = None
    end_place: float = 0
    outcome: str = ""


@dataclass(eq=False)
class Episode:
    """A run of capacity denials; not decided yet while *outcome* is empty."""

    vendor: bytes
    feature: bytes
    user: bytes
    host: bytes
    first: int
    last: int
    lines: int = 1
    outcome: str = ""


class Entry(NamedTuple):
    """
    What a line told, in the stream's diary: *what* is the verb of an event, LINE for any line, RESET for a daemon's.

    *time* of a reset is that of the line read last from the daemon. Only events have *said*.
    """

    time: int
    seq: int
    what: str
    vendor: bytes = b""
    said: Said | None = None


@dataclass
class Tallies:
    """Counts of lines and of what became of stops."""

    checkouts: int = 0
    checkins: int = 0
    unmatched: int = 0
    inferred: int = 0
    unparsed: int = 0
    refused: int = 0


@dataclass(eq=False)
class Result:
    """
    All that a log says, and its diary: the entries in reading order.

    *coverage* has one interval [from, to) for each stretch between re-bases, *stretches* are cut at lost lines, too;
    *gaps* are the seconds [from, to) between the lines around lost ones.
    """

    sessions: list[Session] = field(default_factory=list)
    denials: list[Denial] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    coverage: list[tuple[int, int]] = field(default_factory=list)
    stretches: list[tuple[int, int]] = field(default_factory=list)
    tallies: Tallies = field(default_factory=Tallies)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    diary: list[Entry] = field(default_factory=list)

    @property
    def frontier(self) -> int:
        """The second after the newest of the last stretch, 0 when nothing was dated."""
        return self.coverage[-1][1] if self.coverage else 0

    def spans(self) -> list[tuple[Session, Span]]:
        """Every span with its session."""
        return [(session, span) for session in self.sessions for span in session.spans]

    def levels(self) -> dict[Feature, list[tuple[int, int]]]:
        """Return the states of each feature as (time, seats in use after it), in order of time and place."""
        steps: dict[Feature, dict[tuple[int, float], int]] = {}
        for session, span in self.spans():
            of_feature = steps.setdefault((session.vendor, session.feature), {})
            begin = (span.start, span.start_place)
            of_feature[begin] = of_feature.get(begin, 0) + span.seats
            if span.end is not None:
                finish = (span.end, span.end_place)
                of_feature[finish] = of_feature.get(finish, 0) - span.seats
        levels: dict[Feature, list[tuple[int, int]]] = {}
        for feature, of_feature in steps.items():
            level = 0
            levels[feature] = []
            for moment in sorted(of_feature):
                level += of_feature[moment]
                levels[feature].append((moment[0], level))
        return levels

    def sessions_csv(self, server: str, source: str) -> str:
        """Return what ``export sessions`` has to print, sorted."""
        table = []
        for it in self.sessions:
            keys = [name(it.vendor), name(it.feature), stamp(it.start), name(it.user), name(it.host), stamp(it.end)]
            vendor, feature, start, user, host, end = keys
            row = [server, vendor, feature, user, host, name(it.display), str(it.seats), start, end, it.reason]
            row += ["true" if it.inferred else "false", source, str(it.seat_seconds(self.frontier))]
            table.append((keys, row))
        header = "server,vendor,feature,user,host,display,seats,start,end,end_reason,start_inferred,source,seat_seconds"
        return written(header, table)

    def spans_csv(self, server: str) -> str:
        """Return what ``export spans`` has to print, sorted."""
        table = []
        for it, span in self.spans():
            keys = [name(it.vendor), name(it.feature), stamp(it.start), name(it.user), name(it.host), stamp(span.start)]
            vendor, feature, start, user, host, begin = keys
            row = [server, vendor, feature, user, host, start, begin, stamp(span.end), str(span.seats)]
            table.append((keys, row))
        return written("server,vendor,feature,user,host,start,from,to,seats", table)

    def denials_csv(self, server: str, source: str) -> str:
        """Return what ``export denials`` has to print, sorted."""
        table = []
        for it in self.denials:
            keys = [name(it.vendor), name(it.feature), stamp(it.time), name(it.user), name(it.host)]
            vendor, feature, time, user, host = keys
            code = "" if it.code is None else str(it.code)
            table.append((keys, [server, vendor, feature, user, host, str(it.seats), time, code, it.kind, source]))
        return written("server,vendor,feature,user,host,seats,time,code,class,source", table)

    def waits_csv(self, server: str, source: str) -> str:
        """Return what ``export waits`` has to print, sorted."""
        table = []
        for it in self.waits:
            keys = [name(it.vendor), name(it.feature), stamp(it.start), name(it.user), name(it.host), stamp(it.end)]
            vendor, feature, start, user, host, end = keys
            table.append((keys, [server, vendor, feature, user, host, str(it.seats), start, end, it.outcome, source]))
        return written("server,vendor,feature,user,host,seats,start,end,outcome,source", table)


def name(raw: bytes) -> str:
    """Decode a name for people."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) == "Cc" else c for c in text)


def stamp(time: int | None) -> str:
    """Write a UTC second, nothing for None."""
    return "" if time is None else datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written(header: str, table: list[tuple[list[str], list[str]]]) -> str:
    """Write the header and the rows in the order of their keys, a field quoted only where it must be."""
    lines = [header]
    for _, row in sorted(table, key=lambda keys_and_row: keys_and_row[0]):
        fields = []
        for text in row:
            needs_quotes = any(c in text for c in ',"\n\r')
            fields.append('"' + text.replace('"', '""') + '"' if needs_quotes else text)
        lines.append(",".join(fields))
    return "\n".join(lines) + "\n"
