"""What pairing has found since the last commit; a session is handed out once, in its last state."""

from __future__ import annotations

from math import inf

from exporter.facts import CheckinFact, DenialFact, Episode, Facts, Session, Wait


class Outbox:
    """Collects sessions, life-cycle lines, packages and counts until they are taken."""

    def __init__(self) -> None:
        """Begin empty."""
        self.begun: list[Session] = []
        self.ended: list[Session] = []
        self.changed: list[Session] = []
        """Sessions may be in several of the three, and ended ones in `begun`."""
        self.facts = Facts()
        self._noted = 0

    def newly_begun(self) -> list[Session]:
        """Return the sessions that began since this was asked last."""
        new, self._noted = self.begun[self._noted :], len(self.begun)
        return new

    def end(self, session: Session, time: int, reason: str, line: tuple[int | None, int | None] = (None, None)) -> None:
        """End *session* at *time*, but not before its last span begins, by the *line* at (generation, at)."""
        session.end, session.reason = not_before(session, time), reason
        session.end_generation, session.end_at = line
        self.ended.append(session)
        self.touch(session.start if session.inferred else session.end)

    def check_in(self, session: Session | None, fact: CheckinFact) -> None:
        """Take a check-in line and the session that it ended, if any: it counts by its own time, not by the end's."""
        if session is not None and session.end == fact.time:
            session.checkin = fact.time
            return
        self.facts.checkins.append(fact)
        self.touch(fact.time)

    def touch(self, time: float) -> None:
        """Say that something of *time* has changed; a check-out and a check-in that ends it need no word."""
        self.facts.since = min(self.facts.since, time)

    def count(self, what: str, by: int = 1) -> None:
        """Raise a trust count."""
        if by:
            self.facts.tally[what] = self.facts.tally.get(what, 0) + by

    def take(self, demand: tuple[list[DenialFact], list[Wait], list[Episode]]) -> Facts:
        """Return and forget all of it, with what there is of unmet *demand*."""
        facts, self.facts = self.facts, Facts()
        facts.denials, facts.waits, facts.episodes = demand
        facts.since = min(
            facts.since,
            min((session.start for session in self.begun), default=inf),
            min((session.end for session in self.ended if session.end is not None), default=inf),
            min((denial.time for denial in facts.denials), default=inf),
            min((wait.start for wait in facts.waits), default=inf),  # it may be as new as its end
            min((episode.first for episode in facts.episodes), default=inf),
        )
        facts.sessions = self.ended + [session for session in self.begun if session.end is None]
        if self.changed:
            known = {id(session) for session in facts.sessions}
            facts.sessions += {id(session): session for session in self.changed if id(session) not in known}.values()
        self.begun, self.ended, self.changed, self._noted = [], [], [], 0
        return facts


def not_before(session: Session, time: int) -> int:
    """Return *time*, but not before what the session has come to: the log's clock may step back."""
    return max(session.changes[-1][0] if session.changes else session.start, time)
