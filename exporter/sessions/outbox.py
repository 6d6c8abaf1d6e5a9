"""What pairing has found since the last commit; a session is handed out once, in its last state."""

from __future__ import annotations

from exporter.facts import Facts, Session


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

    def count(self, what: str, by: int = 1) -> None:
        """Raise a trust count."""
        if by:
            self.facts.tally[what] = self.facts.tally.get(what, 0) + by

    def take(self) -> Facts:
        """Return and forget all of it."""
        facts, self.facts = self.facts, Facts()
        facts.sessions = self.ended + [session for session in self.begun if session.end is None]
        if self.changed:
            known = {id(session) for session in facts.sessions}
            facts.sessions += {id(session): session for session in self.changed if id(session) not in known}.values()
        self.begun, self.ended, self.changed, self._noted = [], [], [], 0
        return facts


def not_before(session: Session, time: int) -> int:
    """Return *time*, but not before what the session has come to: the log's clock may step back."""
    return max(session.changes[-1][0] if session.changes else session.start, time)
