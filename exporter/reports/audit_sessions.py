"""Which sessions only the licence server has, and which only we have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exporter.status_texts.told import Holder

MARGIN = 120
"""Seconds. Sessions that begin or end so near the instant may be on one side only: the two looked at other seconds."""
NEAR = f"that begin or end within {MARGIN} s"
UNTOLD = "that began when our logs tell of nothing"
CAUSES = NEAR, UNTOLD
"""Why a session may be on one side only, behind "seats of sessions"."""
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class OurSession:
    """A session of the ledger about an instant; UTC seconds."""

    user: str
    host: str
    display: str
    seats: int
    """At the instant, or where it begins or ends near it."""
    start: int
    end: int | None
    suspect: bool
    """Whether a gap before the instant may hide its end."""

    def open_at(self, at: int) -> bool:
        """Return whether it adds to the level at *at*."""
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class TheirSession:
    """A session of a status text; *start* is a UTC second, that of its minute where the text tells no more."""

    holder: Holder
    start: int | None


@dataclass(frozen=True, slots=True)
class Alone:
    """A session that one side has and the other hasn't."""

    side: str
    """``theirs`` or ``ours``."""
    user: str
    host: str
    display: str
    seats: int
    start: int | None
    why: str = ""
    """A sentence without its full stop; empty where nothing is known."""
    cause: str = ""
    """One of `CAUSES`, where that is why."""


def alone(
    theirs: Iterable[TheirSession], near: Sequence[OurSession], covered: Sequence[tuple[int, int]], at: int
) -> list[Alone]:
    """
    Return the sessions that are on one side only at the UTC second *at*.

    *near* are ours, those that begin or end within `MARGIN` of it too; *covered* are the times that our logs tell of.
    Sessions are the same where user, host (its name without domain) and seats are, those with the nearest start first.
    """
    waiting: defaultdict[tuple[str, str], list[OurSession]] = defaultdict(list)
    for ours in near:
        if ours.open_at(at):
            waiting[_key(ours.user, ours.host)].append(ours)
    left = list(theirs)
    for close in (True, False):
        left = [one for one in left if not _take(waiting, one, close=close)]
    found = [_theirs(one, near, covered, at) for one in left]
    return found + [_ours(one, at) for ours in waiting.values() for one in ours]


def _key(user: str, host: str) -> tuple[str, str]:
    """Return what a user and a host are known by in a log and in a status text alike."""
    folded = host.casefold()
    short = folded.partition(".")[0]
    return user.casefold(), folded if short.isdecimal() else short


def _take(waiting: dict[tuple[str, str], list[OurSession]], one: TheirSession, *, close: bool) -> bool:
    """Take the session of ours away that is *one*; with *close* only one that began in the same minute."""
    for user, host in one.holder.readings():
        candidates = waiting.get(_key(user, host), [])
        for at, ours in enumerate(candidates):
            if ours.seats == one.holder.seats and (not close or _same_minute(one.start, ours.start)):
                del candidates[at]
                return True
    return False


def _same_minute(theirs: int | None, ours: int) -> bool:
    return theirs is not None and abs(ours - theirs) < _MINUTE


def _theirs(one: TheirSession, near: Sequence[OurSession], covered: Sequence[tuple[int, int]], at: int) -> Alone:
    holder = one.holder
    keys = {_key(user, host) for user, host in holder.readings()}
    mine = [ours for ours in near if _key(ours.user, ours.host) in keys and not ours.open_at(at)]
    why = cause = ""
    if mine:
        ours = mine[0]
        late = ours.start > at
        why = f"ours begins {ours.start - at} s later" if late else f"ours ended {at - (ours.end or at)} s before"
        cause = NEAR
    elif one.start is not None and at - one.start < MARGIN:
        why, cause = f"it began less than {MARGIN} s before", NEAR
    elif one.start is not None and not any(begin - _MINUTE < one.start < end for begin, end in covered):
        why, cause = "our logs tell of nothing when it began", UNTOLD
    return Alone("theirs", holder.user, holder.host, holder.display, holder.seats, one.start, why, cause)


def _ours(one: OurSession, at: int) -> Alone:
    why = cause = ""
    if one.suspect:
        why = "it may have ended in a gap of our log"
    elif at - one.start < MARGIN:
        why, cause = f"it began {at - one.start} s before", NEAR
    elif one.end is not None and one.end - at < MARGIN:
        why, cause = f"it ends {one.end - at} s later", NEAR
    return Alone("ours", one.user, one.host, one.display, one.seats, one.start, why, cause)
