"""
What a gap leaves in doubt (design rule 3.10): whether sessions open before it still are, and what began in it.

A session that is open where a gap begins (the second after the last line before it) becomes *suspect*. Its stop, a
change of it, or the return of the lost bytes clears it. When `gap_expiry` seconds after the first line behind the gap
have passed by the log's own time, or at a reset, what is still suspect ends where the gap begins.

A stop without start may belong to a session that began inside the newest gap: unless the daemon, or a session of its
key, was seen to start since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from exporter.facts import Session
from exporter.records import Checkpoint, Gap, Json, Position

Key = tuple[int, int | str]
"""(product, holder), or (product, handle) where the line gives a handle."""


@dataclass(slots=True)
class _Loss:
    """A gap, while something depends on it."""

    place: Position
    start: int
    """UTC second after the last line before it."""
    newest: int
    """The newest generation of which anything had been read when it was met."""
    end: int | None = None
    """UTC second of the first line after it, None while there is none; *since* is that line's place."""
    since: Position | None = None
    restarted: set[str] = field(default_factory=set)
    """Vendors reset between it and the next gap; *begun* are the keys that had a start there."""
    begun: set[Key] = field(default_factory=set)
    firsts: dict[int, int] = field(default_factory=dict)
    """
    By generation, the place of the first start behind the gap; of newer ones than *newest* all starts are behind it.

    Lines come late to older generations, so one place doesn't tell what was read after the gap.
    """
    suspects: list[Session] = field(default_factory=list)
    """Some may have ended since."""

    def live(self) -> list[Session]:
        """Return the sessions still in doubt."""
        return [session for session in self.suspects if session.end is None]

    def precedes(self, place: Position) -> bool:
        """Say whether the gap was met before a start at *place* was read."""
        first = self.firsts.get(place.generation)
        return place.generation > self.newest or (first is not None and place.offset >= first)


class Doubt:
    """The gaps of one stream that matter still, and the sessions they made suspect."""

    def __init__(self, expiry: int, state: Json, checkpoint: Checkpoint) -> None:
        """Go on from a saved state, and from what *checkpoint* tells of open sessions and of those begun."""
        self.newest = checkpoint.position.generation if checkpoint.position else 0
        """The newest generation of which anything was read."""
        self._expiry = expiry
        self._settled: list[int] = []
        """Since when what has ended, and nobody was told of, was in doubt."""
        self._losses = [
            _Loss(
                Position(*place),
                start,
                newest,
                end,
                None if since is None else Position(*since),
                set(restarted),
                firsts=dict(firsts),
            )
            for place, start, newest, end, since, restarted, firsts in state
        ]
        for session in checkpoint.sessions:
            if session.suspect is not None:
                self._suspect_by(session).suspects.append(session)
        for one in checkpoint.begun:
            self._begin(Position(one.generation, one.at), one.product, one.holder, one.handle)

    @property
    def open(self) -> bool:
        """Whether any dated line may settle something, so that `pass_line` has to be told each."""
        return any(loss.end is None or loss.live() for loss in self._losses)

    @property
    def since(self) -> Position | None:
        """The place from which a restart has to know the sessions begun, or earlier; None when it need not."""
        if not self._losses:
            return None
        oldest = self._losses[0]
        return min((Position(*first) for first in oldest.firsts.items()), default=Position(oldest.newest + 1, 0))

    def meet(self, gap: Gap, sessions: Iterable[Session]) -> list[Session]:
        """Take a gap that was met while *sessions* were open; return those that it makes suspect."""
        place = Position(gap.generation, gap.start)
        if gap.before is None or any(loss.place == place for loss in self._losses):
            return []
        start = gap.before + 1
        suspects = [session for session in sessions if session.suspect is None]
        for session in suspects:
            session.suspect = start
        for loss in [loss for loss in self._losses[:-1] if not loss.live()]:
            self._forget(loss)
        self._losses.append(_Loss(place, start, self.newest, suspects=suspects))
        return suspects

    def withdraw(self, gap: Gap) -> list[Session]:
        """Take back a gap whose bytes came back; return the sessions that were suspect by it."""
        place = Position(gap.generation, gap.start)
        index = next((index for index, loss in enumerate(self._losses) if loss.place == place), None)
        if index is None:
            return []
        found, later = self._losses[index], next(iter(self._losses[index + 1 :]), None)
        suspects = found.live()
        for session in suspects:
            session.suspect = later.start if later else None
        if later:
            later.suspects += suspects
        self._forget(found)
        return suspects

    def pass_line(self, generation: int, time: int, at: int) -> list[Session]:
        """Take the time and the place of the next dated line; return the sessions that have been suspect too long."""
        expired: list[Session] = []
        for loss in self._losses:
            if loss.end is None:
                loss.end, loss.since = time, Position(generation, at)
            if time > loss.end + self._expiry:
                expired += loss.live()
        return expired

    def note_begun(self, sessions: Iterable[Session]) -> None:
        """Take sessions that began after the newest gap."""
        if self._losses:
            newest = self._losses[-1].begun
            firsts: dict[int, int] = {}
            for session in sessions:
                newest.update(_keys(session.product, session.holder, session.handle))
                firsts.setdefault(session.generation, session.at)
            for loss in self._losses:
                loss.firsts = {one: at for one, at in firsts.items() if one <= loss.newest} | loss.firsts

    def clear(self, session: Session) -> None:
        """Take a sign of life of a suspect session."""
        session.suspect = None
        for loss in self._losses:
            loss.suspects = [other for other in loss.suspects if other is not session]

    def settle(self) -> list[int]:
        """Let go of the sessions that have ended: nothing of them is in doubt; return since when it was."""
        for loss in self._losses:
            self._settle(loss)
        settled, self._settled = self._settled, []
        return settled

    def reset(self, vendor: str) -> None:
        """Take a start of *vendor*, or ('') of all: what stops from now on did not begin inside a gap."""
        if not vendor:
            for loss in self._losses:
                self._settle(loss)
            self._losses.clear()
        elif self._losses:
            self._losses[-1].restarted.add(vendor)

    def lost_start(self, vendor: str, key: Key) -> int | None:
        """Return the first line after the newest gap, if a session of *key* can have begun in it; else None."""
        newest = self._losses[-1] if self._losses else None
        if newest is None or vendor in newest.restarted or key in newest.begun:
            return None
        return newest.end

    def move(self, move: Callable[[int], int]) -> None:
        """Move all times but those of the sessions."""
        for loss in self._losses:
            loss.start = move(loss.start - 1) + 1  # the second after a line
            loss.end = None if loss.end is None else move(loss.end)

    def state(self) -> Json:
        """Return what the constructor takes."""
        return [
            [loss.place, loss.start, loss.newest, loss.end, loss.since, sorted(loss.restarted), [*loss.firsts.items()]]
            for loss in self._losses
        ]

    def _suspect_by(self, session: Session) -> _Loss:
        """Return the gap that made *session* suspect: of those that begin then, the first after its newest line."""
        heard = (session.generation, session.at)
        if session.changes:
            heard = max(heard, session.changes[-1][2:])
        matching = [loss for loss in self._losses if loss.start == session.suspect]
        return next((loss for loss in matching if loss.since is None or heard < loss.since), matching[-1])

    def _begin(self, place: Position, product: int, holder: int, handle: str) -> None:
        """Note a start at *place* with the newest gap before it."""
        before: Sequence[_Loss] = [loss for loss in self._losses if loss.precedes(place)]
        if before:
            before[-1].begun.update(_keys(product, holder, handle))

    def _settle(self, loss: _Loss) -> None:
        """Let go of the suspects of a gap that have ended."""
        for session in loss.suspects:
            if session.end is not None and session.suspect is not None:
                self._settled.append(session.suspect)
                session.suspect = None
        loss.suspects = loss.live()

    def _forget(self, loss: _Loss) -> None:
        """Drop a gap; what was seen to start after it was seen after the one before it, too."""
        self._settle(loss)
        index = next(index for index, other in enumerate(self._losses) if other is loss)
        del self._losses[index]
        if index:
            self._losses[index - 1].begun |= loss.begun
            self._losses[index - 1].restarted |= loss.restarted


def _keys(product: int, holder: int, handle: str) -> tuple[Key, ...]:
    return ((product, holder), (product, handle)) if handle else ((product, holder),)
