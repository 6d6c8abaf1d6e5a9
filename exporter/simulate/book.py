"""
The truth: the sessions, denials and waits of the make-believe server, kept as they happen.

A FlexNet log has no handle that ties a check-in to its check-out, so which of several equal sessions a line ends is a
convention. The documented one is the truth here: a stop ends the oldest open session of its (vendor, feature, user,
host, display) with the same seats, else the oldest; a change of A seats applies to the oldest with A seats, else the
oldest. A reset ends everything open of a vendor at that daemon's last line before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

CLASSES = {-4: "capacity", -24: "capacity", -38: "excluded", -5: "unsupported"}


class Key(NamedTuple):
    """What a line names: the feature and who takes it."""

    vendor: str
    feature: str
    user: str
    host: str
    display: str = ""


@dataclass(slots=True)
class Session:
    """A session as it happened; *states* are (from, seats), one per change."""

    key: Key
    states: list[tuple[int, int]]
    end: int | None = None
    reason: str | None = None

    @property
    def seats(self) -> int:
        """The seats held now, or last."""
        return self.states[-1][1]

    def row(self) -> dict[str, Any]:
        """Return the session as a row of the truth."""
        times = [time for time, _ in self.states]
        spans = [[begin, end, seats] for (begin, seats), end in zip(self.states, [*times[1:], self.end], strict=True)]
        return {
            "kind": "session",
            **self.key._asdict(),
            "seats": self.seats,
            "start": times[0],
            "end": self.end,
            "end_reason": self.reason,
            "start_inferred": False,  # the log begins with a start of the server
            "spans": spans,
        }


class Denial(NamedTuple):
    """One line that turned a request away."""

    key: Key
    time: int
    code: int
    seats: int

    def row(self) -> dict[str, Any]:
        """Return the denial as a row of the truth."""
        return {
            "kind": "denial",
            **self.key._asdict(),
            "time": self.time,
            "code": self.code,
            "class": CLASSES[self.code],
            "seats": self.seats,
        }


@dataclass(slots=True)
class Wait:
    """A request in the queue."""

    key: Key
    seats: int
    start: int
    end: int | None = None
    outcome: str | None = None

    def row(self) -> dict[str, Any]:
        """Return the wait as a row of the truth."""
        return {
            "kind": "wait",
            **self.key._asdict(),
            "seats": self.seats,
            "start": self.start,
            "end": self.end,
            "outcome": self.outcome,
        }


class Book:
    """Open sessions and waits, and what has ended and was not told yet."""

    def __init__(self) -> None:
        """Begin with nothing open."""
        self._open: dict[Key, list[Session]] = {}
        self._waits: dict[Key, Wait] = {}
        self._used: dict[tuple[str, str], int] = {}
        self._done: list[Session | Denial | Wait] = []

    def used(self, vendor: str, feature: str) -> int:
        """Return the seats in use."""
        return self._used.get((vendor, feature), 0)

    def waits(self, key: Key) -> bool:
        """Tell whether a request of *key* is in the queue."""
        return key in self._waits

    def start(self, key: Key, seats: int, now: int) -> None:
        """Note a check-out; it ends the wait of its key."""
        self._open.setdefault(key, []).append(Session(key, [(now, seats)]))
        self._add(key, seats)
        self._end_wait(key, now, "granted")

    def stop(self, key: Key, seats: int, now: int, reason: str) -> None:
        """Note a check-in that carries *seats*."""
        session = self._oldest(key, seats)
        self._open[key].remove(session)
        if not self._open[key]:
            del self._open[key]
        self._end(session, now, reason)

    def change(self, key: Key, before: int, seats: int, now: int) -> None:
        """Note that a session of *before* seats has *seats* from now on."""
        session = self._oldest(key, before)
        self._add(key, seats - session.seats)
        session.states.append((now, seats))

    def deny(self, key: Key, code: int, seats: int, now: int) -> None:
        """Note a denial."""
        self._done.append(Denial(key, now, code, seats))

    def wait(self, key: Key, seats: int, now: int) -> None:
        """Note that a request begins to wait; a key waits once at a time."""
        self._waits[key] = Wait(key, seats, now)

    def give_up(self, key: Key, now: int) -> None:
        """Note that a request leaves the queue with nothing."""
        self._end_wait(key, now, "given_up")

    def reset(self, vendor: str, last: int) -> None:
        """Note that everything open of *vendor* ended at *last*."""
        for key in [key for key in self._open if key.vendor == vendor]:
            for session in self._open.pop(key):
                self._end(session, last, "reset")
        for key in [key for key in self._waits if key.vendor == vendor]:
            self._end_wait(key, last, "reset")

    def take(self) -> Iterator[dict[str, Any]]:
        """Yield and forget what has ended since the last call."""
        done, self._done = self._done, []
        return (fact.row() for fact in done)

    def still_open(self) -> Iterator[dict[str, Any]]:
        """Yield what is open."""
        for sessions in self._open.values():
            yield from (session.row() for session in sessions)
        yield from (wait.row() for wait in self._waits.values())

    def _oldest(self, key: Key, seats: int) -> Session:
        sessions = self._open[key]
        return next((session for session in sessions if session.seats == seats), sessions[0])

    def _add(self, key: Key, seats: int) -> None:
        self._used[key.vendor, key.feature] = self.used(key.vendor, key.feature) + seats

    def _end(self, session: Session, time: int, reason: str) -> None:
        session.end, session.reason = time, reason
        self._add(session.key, -session.seats)
        self._done.append(session)

    def _end_wait(self, key: Key, time: int, outcome: str) -> None:
        wait = self._waits.pop(key, None)
        if wait is not None:
            wait.end, wait.outcome = time, outcome
            self._done.append(wait)
