"""
Gaps for the reference reader: where lines were lost, and who is in doubt since.

Choice: an expiry of a gap is counted from the first line after it, includes its end, and is noticed at every line.
Choice: a session that one gap left in doubt is not left in doubt anew by the next.
Choice: a daemon seen to start after the gap has no session that began in it; nor has any after a re-base.
Choice: a gap before the first line is none; one whose first line after it is a re-base lies between two stretches and
takes nothing from either.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.reference.flexlm_result import Result, Session


@dataclass(eq=False)
class Gap:
    """Lines that were lost: the second after the last one before it; the first one after it, and where that is."""

    start: int
    end: int | None = None
    end_seq: int = 0


class Doubt:
    """What gaps leave uncertain, between two lines; writes the gaps into *result*."""

    def __init__(self, result: Result, expiry: int) -> None:
        """Begin without a gap. Sessions in doubt have *expiry* seconds after its end."""
        self.result = result
        self.expiry = expiry
        self.gap: Gap | None = None
        self.in_doubt: list[tuple[Session, Gap]] = []
        self.begun: list[Session] = []
        self.started: list[bytes] = []

    def lose(self, newest: int | None, open_sessions: list[Session], seq: int) -> None:
        """Take a gap before line *seq*: whatever is open is in doubt from the second after the newest line on."""
        if newest is None:
            return
        self.gap = Gap(newest + 1)
        self.begun = []
        self.started = []
        for session in open_sessions:
            if self.gap_of(session) is None:
                self.in_doubt.append((session, self.gap))
                span = session.spans[-1]
                span.doubt = (max(span.start, self.gap.start), seq - 0.5)

    def gap_of(self, session: Session) -> Gap | None:
        """Return the gap that left a session in doubt."""
        for other, gap in self.in_doubt:
            if other is session:
                return gap
        return None

    def pass_over(self, time: int, seq: int) -> list[tuple[Session, int]]:
        """Take the time of a line, maybe the first after a gap; return who ends now, and when that was."""
        if self.gap is not None and self.gap.end is None:
            self.gap.end, self.gap.end_seq = time, seq
            if self.gap.start < time:
                self.result.gaps.append((self.gap.start, time))
        ended = []
        for session, gap in self.in_doubt:
            if gap.end is None:
                gap.end, gap.end_seq = time, seq
            if time > gap.end + self.expiry:
                ended.append((session, gap.start))
        return ended

    def forget(self) -> None:
        """Let no session begin in the gap any more."""
        self.gap = None

    def clear(self, session: Session) -> None:
        """Take a session out of doubt."""
        self.in_doubt = [(other, gap) for other, gap in self.in_doubt if other is not session]

    def first_line_after(self, vendor: bytes, begun_of_key: list[Session]) -> tuple[int, int] | None:
        """Return time and seq of the line after the gap; None where none, the key or the daemon began since."""
        if self.gap is None or self.gap.end is None or vendor in self.started or begun_of_key:
            return None
        return self.gap.end, self.gap.end_seq
