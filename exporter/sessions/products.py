"""What is open of one product: sessions, waits and denial episodes, found the way stops and starts look for them."""

from __future__ import annotations

from typing import TypeVar

from exporter.facts import Episode, Session, Totals, Wait

_Key = TypeVar("_Key")
_Held = TypeVar("_Held")


class ProductState:
    """
    The open things of one (server, vendor, feature).

    Sessions of one holder (user, host, display) are kept oldest first. A handle, where the log has one, is the key
    instead (design rule 3.3).
    """

    __slots__ = (
        "drift",
        "episodes",
        "handles",
        "high",
        "highest",
        "id",
        "level",
        "open",
        "queued",
        "totals",
        "touched",
        "vendor",
        "waits",
    )

    def __init__(self, product: int, vendor: str, totals: Totals) -> None:
        """Begin with nothing open."""
        self.id = product
        self.vendor = vendor
        self.totals = totals
        self.level = 0
        """Seats of the open sessions."""
        self.high = 0
        """The highest level since `rest`."""
        self.highest = 0
        """The highest level before `rest`."""
        self.queued = 0
        """Seats waiting."""
        self.drift: int | None = None
        self.touched = False
        self.open: dict[int, list[Session]] = {}
        self.handles: dict[str, list[Session]] = {}
        self.waits: dict[int, list[Wait]] = {}
        """By user and host without display, and so are the episodes."""
        self.episodes: dict[int, Episode] = {}

    def add(self, session: Session) -> None:
        """Take up an open session."""
        held = self.open.get(session.holder)
        if held is None:
            self.open[session.holder] = [session]
        else:
            held.append(session)
        if session.handle:
            self.handles.setdefault(session.handle, []).append(session)
        level = self.level = self.level + session.seats
        if level > self.high:  # noqa: PLR1730 -- max() takes twice as long
            self.high = level

    def resize(self, session: Session, seats: int) -> None:
        """Let an open session have *seats* from now on."""
        self.level += seats - session.seats
        self.high = max(self.high, self.level)
        session.seats = seats

    def rest(self) -> None:
        """Note that what moved is taken."""
        self.touched = False
        self.highest, self.high = self.high, self.level

    def find(self, holder: int, seats: int, handle: str) -> Session | None:
        """Return the session that a line means: of its key or handle the oldest with *seats*, else the oldest."""
        held = self.handles.get(handle) if handle else self.open.get(holder)
        if held is None:
            return None
        if len(held) == 1:
            return held[0]
        for session in held:
            if session.seats == seats:
                return session
        return held[0]

    def remove(self, session: Session) -> None:
        """Let go of a session that ends."""
        held = self.open[session.holder]
        if len(held) == 1:
            del self.open[session.holder]
        else:
            _drop(self.open, session.holder, session)
        if session.handle:
            _drop(self.handles, session.handle, session)
        self.level -= session.seats

    def suspect_seats(self) -> int:
        """Return the seats of the open sessions that a gap left in doubt."""
        return sum(one.seats for held in self.open.values() for one in held if one.suspect is not None)

    def enqueue(self, plain: int, wait: Wait) -> None:
        """Take up a wait of the user and host *plain*."""
        self.waits.setdefault(plain, []).append(wait)
        self.queued += wait.seats

    def dequeue(self, plain: int, holder: int, seats: int) -> Wait | None:
        """Let go of the oldest wait of *holder* for *seats*, else of his oldest; None if he doesn't wait."""
        held = [wait for wait in self.waits.get(plain, ()) if wait.holder == holder]
        if not held:
            return None
        wait = next((wait for wait in held if wait.seats == seats), held[0])
        _drop(self.waits, plain, wait)
        self.queued -= wait.seats
        return wait


def _drop(table: dict[_Key, list[_Held]], key: _Key, held: _Held) -> None:
    """Take *held* itself (not its equal) out of a table of lists."""
    several = table[key]
    if len(several) == 1:
        del table[key]
    else:
        several.pop(next(index for index, other in enumerate(several) if other is held))
