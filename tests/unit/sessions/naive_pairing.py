"""
The rules of pairing, written down as plainly as they are said: lists, searched from their beginning.

Nothing here is fast, and nothing is shared with the exporter but the names of the events.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from exporter.events import Change, Denial, Event, QueueEnter, QueueLeave, Reset, Seen, Start, Stop

GRANT, RETRY = 10, 20 * 60


@dataclass
class NaiveSession:
    """A session with its spans: (from, seats), each until the next begins."""

    at: int
    n: int
    key: tuple[str, str, str, str]
    handle: str
    spans: list[tuple[int, int]]
    end: int | None = None
    reason: str | None = None
    inferred: bool = False

    @property
    def seats(self) -> int:
        """Seats of the last span."""
        return self.spans[-1][1]


@dataclass
class NaiveWait:
    """A wait in the queue."""

    at: int
    key: tuple[str, str, str, str]
    seats: int
    start: int
    end: int | None = None
    outcome: str | None = None


@dataclass
class NaiveEpisode:
    """A run of denials."""

    at: int
    key: tuple[str, str, str]
    first: int
    last: int
    lines: int = 1
    outcome: str | None = None


@dataclass
class NaivePairing:
    """All that was ever paired; nothing is forgotten."""

    sessions: list[NaiveSession] = field(default_factory=list)
    waits: list[NaiveWait] = field(default_factory=list)
    episodes: list[NaiveEpisode] = field(default_factory=list)
    first_line: dict[str, int] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    """Daemons whose start was seen; '' stands for all that are not seen yet."""
    unmatched: int = 0

    def take(self, event: Event) -> None:
        """Take one event."""
        self.pass_time(event.time)
        match event:
            case Seen():
                self.first_line[event.vendor] = event.time
                if "" in self.started:
                    self.started.add(event.vendor)
            case Reset():
                self._reset(event)
            case Start():
                self._answer(event)
                self._begin(event, 0)
            case Stop():
                self._end(event, event.seats, event.reason, event.handle)
            case Change():
                found = self._find(event, event.before, event.handle)
                if found is None:
                    self._end(event, event.before, "returned", event.handle)
                    self._begin(event, 1)
                else:
                    found.spans.append((max(found.spans[-1][0], event.time), event.seats))
            case Denial():
                self._deny(event)
            case QueueEnter():
                self.waits.append(NaiveWait(event.at, _key(event), event.seats, event.time))
            case QueueLeave():
                self._end_wait(event, "given_up")

    def level(self, vendor: str, feature: str) -> int:
        """Return the seats open now."""
        return sum(one.seats for one in self.sessions if one.end is None and one.key[:2] == (vendor, feature))

    def queued(self, vendor: str, feature: str) -> int:
        """Return the seats waiting now."""
        return sum(one.seats for one in self.waits if one.end is None and one.key[:2] == (vendor, feature))

    def users(self, vendor: str, feature: str) -> int:
        """Return how many users have something open now."""
        here = [one for one in self.sessions if one.end is None and one.key[:2] == (vendor, feature)]
        return len({one.key[2].rpartition("@")[0].lower() for one in here})

    def pass_time(self, time: int) -> None:
        """Refuse whoever was not denied for longer than the retry window and doesn't queue."""
        for episode in self.episodes:
            waits = any(wait.end is None and wait.key[:3] == episode.key for wait in self.waits)
            if episode.outcome is None and time - episode.last > RETRY and not waits:
                episode.outcome = "refused"

    def _find(self, event: Start | Stop | Change, seats: int, handle: str) -> NaiveSession | None:
        """Return the oldest of the handle, or of the key, with these seats, else the oldest."""
        here = [one for one in self.sessions if one.end is None]
        if handle:
            here = [one for one in here if one.handle == handle and one.key[:2] == _key(event)[:2]]
        else:
            here = [one for one in here if one.key == _key(event)]
        same = [one for one in here if one.seats == seats]
        return next(iter(same + here), None)

    def _begin(self, event: Start | Change, n: int) -> None:
        self.sessions.append(NaiveSession(event.at, n, _key(event), event.handle, [(event.time, event.seats)]))

    def _end(self, event: Stop | Change, seats: int, reason: str, handle: str) -> None:
        found = self._find(event, seats, handle)
        if found is not None:
            found.end, found.reason = max(found.spans[-1][0], event.time), reason
        elif event.vendor in self.started:
            self.unmatched += 1
        else:
            first = self.first_line[event.vendor]
            end = max(first, event.time)
            session = NaiveSession(event.at, 0, _key(event), "", [(first, seats)], end, reason, inferred=True)
            self.sessions.append(session)

    def _reset(self, event: Reset) -> None:
        if not event.vendor and not event.started:
            self.first_line.clear()
            self.started.clear()
        if event.started:
            self.started.add(event.vendor)
        else:
            self.started.discard(event.vendor)
        for one in self.sessions:
            if one.end is None and one.key[0] == event.vendor:
                one.end, one.reason = max(one.spans[-1][0], event.last), "reset"
        for wait in self.waits:
            if wait.end is None and wait.key[0] == event.vendor:
                wait.end, wait.outcome = max(wait.start, event.last), "reset"
        for episode in self.episodes:
            if episode.outcome is None and episode.key[0] == event.vendor:
                episode.outcome = "refused"

    def _deny(self, event: Denial) -> None:
        if event.kind != "capacity":
            return
        for episode in self.episodes:
            if episode.outcome is None and episode.key == _key(event)[:3]:
                if event.time - episode.last > RETRY:
                    episode.outcome = "refused"
                else:
                    episode.last, episode.lines = event.time, episode.lines + 1
                    return
        self.episodes.append(NaiveEpisode(event.at, _key(event)[:3], event.time, event.time))

    def _answer(self, event: Start) -> None:
        """End an episode and a wait by a check-out."""
        for episode in self.episodes:
            if episode.outcome is None and episode.key == _key(event)[:3]:
                episode.outcome = "granted" if event.time - episode.first <= GRANT else "waited"
        self._end_wait(event, "granted")

    def _end_wait(self, event: Start | QueueLeave, outcome: str) -> None:
        here = [wait for wait in self.waits if wait.end is None and wait.key == _key(event)]
        same = [wait for wait in here if wait.seats == event.seats]
        for wait in (same + here)[:1]:
            wait.end, wait.outcome = max(wait.start, event.time), outcome


def _key(event: Start | Stop | Change | Denial | QueueEnter | QueueLeave) -> tuple[str, str, str, str]:
    return event.vendor, event.feature, event.who, event.display
