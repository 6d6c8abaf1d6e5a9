"""
The reference reader of FlexNet debug logs: line by line, plain lists, linear searches, nothing clever, nothing fast.

It is written from the rules and the worked examples alone and imports nothing of the exporter, whose reader is
compared with it.

Choice: a change or an end is never before the beginning of the session's current span: the rule says it of the
session's start only, but a clock set back between an UPGRADE and its check-in would leave a span of negative length.
Choice: ``acornd_2`` is a copy of ``acornd`` once that wrote a line or was started by lmgrd, unless ``acornd_2`` was
known in its own right before. What is known stays known over a re-base.
Choice: a noise or unreadable line is a line of its daemon as any other: for its first line, its last line and
coverage.
Choice: an event written by lmgrd is noise.
Choice: a start of lmgrd counts for every daemon, those not seen yet included.
Choice: a reset's sessions end at the time of the line read last from the daemon, not at its latest time.
Choice: the oldest session (wait) is the one read first, also where the clock was set back between two.
Choice: with a handle the key is (daemon, feature, handle); user and host are not compared. Stops with a handle find
only sessions with one, stops without only sessions without.
Choice: two open sessions with one handle are a multiset like any other key: the same seats first, then the oldest.
Choice: of a key, sessions in doubt are stopped as any other: the oldest with the same seats, else the oldest.
Choice: waits and episodes go on over a gap.
Choice: a reason with REMOVED in it is ``removed``; any other unknown tail is ``returned``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tests.reference.flexlm_dates import Dated, date_lines
from tests.reference.flexlm_denials import USUAL, Denied, Rule
from tests.reference.flexlm_doubt import Doubt
from tests.reference.flexlm_lines import Said, event_of, lines_of
from tests.reference.flexlm_result import Entry, Result, Session, Span

LMGRD_STARTED = re.compile(rb"^(?:FLEXnet|FlexNet|FLEXlm) Licensing .*\bstarted on \S")
DAEMON_STARTED = re.compile(rb"^(?:RE)?Started ([^()\s]+)")
DAEMON_VERSION = re.compile(rb"^(?:FLEXnet|FlexNet|FLEXlm) Licensing version\b")
FORKED = re.compile(rb"^(.+)_\d+$")


def read(
    files: Sequence[bytes],
    zone: str,
    mtimes: Sequence[int] | None,
    now: int,
    lost: Sequence[int] = (),
    expiry: int = 86400,
    rule: Rule = USUAL,
) -> Result:
    """
    Read the generations of one stream, oldest first.

    *zone* is the IANA zone of the server. A line may be dated a day after its file's mtime at most, without *mtimes* a
    day after *now*; a stream without any date is dated by the mtime of its newest generation, or by *now*. Lines were
    lost before each line whose number (`Line.seq`) is in *lost*; sessions in doubt have *expiry* seconds after that.
    """
    reader = Reader(sorted(lost), expiry, rule)
    dated, reader.result.tallies.refused = date_lines(
        lines_of(files),
        ZoneInfo(zone),
        [now] * len(files) if mtimes is None else mtimes,
    )
    for one in dated:
        reader.take(one)
    reader.tell(Entry(reader.result.frontier, sum(data.count(b"\n") for data in files) + 1, "LINE"))
    return reader.result


class Reader:
    """The state of one stream between two lines."""

    def __init__(self, lost: list[int], expiry: int, rule: Rule) -> None:
        """Begin with nothing seen."""
        self.lost = lost
        self.newest: int | None = None
        self.result = Result()
        self.doubt = Doubt(self.result, expiry)
        self.denied = Denied(self.result, rule)
        self.open_sessions: list[Session] = []
        self.known: list[bytes] = []
        self.started: list[bytes] = []
        self.lmgrd_started = False
        self.first_line: dict[bytes, tuple[int, int]] = {}
        self.last_line: dict[bytes, int] = {}

    def take(self, dated: Dated) -> None:
        """Take the next line."""
        time, line = dated.time, dated.line
        lost = bool(self.lost and self.lost[0] <= line.seq)
        while self.lost and self.lost[0] <= line.seq:
            self.lost.pop(0)
            self.doubt.lose(self.newest, self.open_sessions, line.seq)
        if dated.rebased:
            self.doubt.forget()
            for vendor in list(self.last_line):
                self.reset(vendor, line.seq)
            self.first_line = {}
            self.last_line = {}
            self.started = []
            self.lmgrd_started = False
        self.newest = time
        for session, end in self.doubt.pass_over(time, line.seq):
            self.close(session, end, line.seq, "gap")
        cover(self.result.coverage, time, begin=dated.rebased)
        cover(self.result.stretches, time, begin=dated.rebased or lost)
        self.tell(Entry(time, line.seq, "LINE"))
        daemon = self.daemon_of(line.daemon)
        if daemon == b"lmgrd":
            self.take_lmgrd(line.message, line.seq)
            return
        if daemon not in self.first_line:
            self.first_line[daemon] = (time, line.seq)
        if DAEMON_VERSION.match(line.message):
            self.start(daemon, line.seq)
        self.last_line[daemon] = time
        try:
            said = event_of(line.message)
        except ValueError:
            self.result.tallies.unparsed += 1
            return
        if said is not None:
            self.take_event(daemon, said, time, line.seq)

    def take_lmgrd(self, message: bytes, seq: int) -> None:
        """Take a line of lmgrd: starts of itself and of its daemons matter, all else is noise."""
        if LMGRD_STARTED.match(message):
            self.lmgrd_started = True
            self.doubt.forget()
            for vendor in list(self.last_line):
                self.reset(vendor, seq)
        match = DAEMON_STARTED.match(message)
        if match:
            if match[1] not in self.known:
                self.known.append(match[1])
            self.start(match[1], seq)

    def daemon_of(self, written: bytes) -> bytes:
        """Return the daemon's name without the number of a forked copy."""
        match = FORKED.match(written)
        if written not in self.known and match and match[1] in self.known:
            return match[1]
        if written not in self.known:
            self.known.append(written)
        return written

    def start(self, vendor: bytes, seq: int) -> None:
        """Take the start of a daemon."""
        self.reset(vendor, seq)
        if vendor not in self.started:
            self.started.append(vendor)
        self.doubt.started.append(vendor)

    def tell(self, entry: Entry) -> None:
        """Write an entry into the diary, and let those denied know of it."""
        self.result.diary.append(entry)
        self.denied.take(entry)

    def reset(self, vendor: bytes, seq: int) -> None:
        """End all that is open of a daemon at the line read last from it."""
        for session in list(self.open_sessions):
            if session.vendor == vendor:
                gap = self.doubt.gap_of(session)
                if gap is None:
                    self.close(session, self.last_line[vendor], seq, "reset")
                else:
                    self.close(session, gap.start, seq, "gap")
        if vendor in self.last_line:
            self.tell(Entry(self.last_line[vendor], seq, "RESET", vendor))

    def take_event(self, vendor: bytes, said: Said, time: int, seq: int) -> None:
        """Take an event of a vendor daemon."""
        if said.verb == "OUT":
            self.result.tallies.checkouts += 1
            self.open(vendor, said, time, seq)
        if said.verb == "IN":
            self.result.tallies.checkins += 1
            self.stop(vendor, said, said.seats, time, seq)
        if said.verb == "UPGRADE":
            session = self.find(vendor, said, said.before)
            if session is None:
                self.stop_without_start(vendor, said, said.before, time, seq)
                self.open(vendor, said, time, seq)
            else:
                end_span(session, time, seq)
                self.doubt.clear(session)
                begin = max(session.spans[-1].start, time)
                session.spans.append(Span(begin, None, said.seats, seq))
        self.tell(Entry(time, seq, said.verb, vendor, said))

    def open(self, vendor: bytes, said: Said, time: int, seq: int) -> None:
        """Open a session."""
        key = (vendor, said.feature, said.user, said.host, said.display, said.handle)
        session = Session(*key, inferred=False, spans=[Span(time, None, said.seats, seq)])
        self.result.sessions.append(session)
        self.open_sessions.append(session)
        self.doubt.begun.append(session)

    def find(self, vendor: bytes, said: Said, seats: int) -> Session | None:
        """Return the oldest open session of the key with these seats, else the oldest of the key, else None."""
        of_key = self.of_key(self.open_sessions, vendor, said)
        for it in of_key:
            if it.seats == seats:
                return it
        return of_key[0] if of_key else None

    def of_key(self, sessions: list[Session], vendor: bytes, said: Said) -> list[Session]:
        """Return those of *sessions* that a line may mean."""
        of_key = []
        for it in sessions:
            if it.vendor != vendor or it.handle != said.handle:
                continue
            same_names = (it.feature, it.user, it.host, it.display) == (
                said.feature,
                said.user,
                said.host,
                said.display,
            )
            if same_names or (said.handle and it.feature == said.feature):
                of_key.append(it)
        return of_key

    def stop(self, vendor: bytes, said: Said, seats: int, time: int, seq: int) -> None:
        """Close the session that a check-in belongs to."""
        session = self.find(vendor, said, seats)
        if session is None:
            self.stop_without_start(vendor, said, seats, time, seq)
        else:
            self.close(session, time, seq, reason_of(said.reason))

    def close(self, session: Session, time: int, seq: int, reason: str) -> None:
        """End an open session."""
        end_span(session, time, seq)
        session.reason = reason
        self.open_sessions.remove(session)
        self.doubt.clear(session)

    def stop_without_start(self, vendor: bytes, said: Said, seats: int, time: int, seq: int) -> None:
        """Infer a session that began in a gap or before the log did; after a seen start the stop is unmatched."""
        after_gap = self.doubt.first_line_after(vendor, self.of_key(self.doubt.begun, vendor, said))
        if after_gap is not None:
            first_time, first_seq = after_gap
        elif self.lmgrd_started or vendor in self.started:
            self.result.tallies.unmatched += 1
            return
        else:
            first_time, first_seq = self.first_line[vendor]
        self.result.tallies.inferred += 1
        key = (vendor, said.feature, said.user, said.host, said.display, said.handle)
        session = Session(*key, inferred=True, spans=[Span(first_time, None, seats, first_seq - 0.5)])
        self.result.sessions.append(session)
        end_span(session, time, seq)
        session.reason = "returned" if said.verb == "UPGRADE" else reason_of(said.reason)


def cover(coverage: list[tuple[int, int]], time: int, begin: bool) -> None:
    """Widen the newest stretch by a line's second, or begin a new one."""
    if begin or not coverage:
        coverage.append((time, time + 1))
    else:
        coverage[-1] = (min(coverage[-1][0], time), max(coverage[-1][1], time + 1))


def end_span(session: Session, time: int, seq: int) -> None:
    """End the session's last span, not before it began."""
    last = session.spans[-1]
    last.end, last.end_place = max(last.start, time), seq


def reason_of(tail: bytes) -> str:
    """Return the end reason for the bracketed tail of a check-in."""
    if tail == b"INACTIVE":
        return "timeout"
    if tail == b"SHUTDOWN":
        return "shutdown"
    if b"REMOVED" in tail:
        return "removed"
    return "returned"
