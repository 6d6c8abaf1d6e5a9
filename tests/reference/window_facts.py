"""
The facts of each feature that its reference windows are made of, taken from what the reference reader found.

Choice: raw names that decode alike are one feature, and one user.
Choice: a gap takes no second from coverage that a line before or after it tells of, by a clock that was set back.
Choice: a product is covered where one of its members is, so that it goes on when one server follows another; but not in
the holes inside the coverage of any member: what was used there nobody knows.
Choice: a feature that only has a capacity is covered by all streams of its server.
Choice: an inferred start, what a gap leaves in doubt, and what ends in it come before all lines of their second.
Choice: a session is in doubt from the gap's start on; once a change or its own stop has shown that it went on, it never
was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from tests.reference.flexlm_result import Feature, Result, Session, Span, Wait
from tests.reference.flexlm_result import name as decoded
from tests.reference.site_facts import FeatureName, Site
from tests.reference.window_grid import Interval, union, without
from tests.reference.window_states import BEFORE_ANY_LINE, Step, held

SIGHTS = ("OUT", "IN", "DENIED", "QUEUED", "UPGRADE")

name = cache(decoded)


class Stream(NamedTuple):
    """One growing log: the server it tells of, and what the reference reader found in it."""

    server: str
    result: Result


@dataclass
class Facts:
    """
    What is known of a subject: steps, and the UTC seconds of lines.

    *raw* are its features as the logs write them, each with the number of its stream; a holder is (from, to, user case
    folded).
    """

    raw: list[tuple[int, Feature]] = field(default_factory=list)
    seats: list[Step] = field(default_factory=list)
    queued: list[Step] = field(default_factory=list)
    suspect: list[Step] = field(default_factory=list)
    holders: list[tuple[int, int, str]] = field(default_factory=list)
    checkouts: list[int] = field(default_factory=list)
    checkins: list[int] = field(default_factory=list)
    denials: list[int] = field(default_factory=list)
    sights: list[int] = field(default_factory=list)
    covered: list[Interval] = field(default_factory=list)


def covered_by(stream: Stream) -> list[Interval]:
    """Return what a stream covers: its stretches, cut at its gaps."""
    return union(stream.result.stretches)


def facts_of(streams: Sequence[Stream], site: Site) -> dict[FeatureName, Facts]:
    """Return the facts of each feature that was seen or has a capacity."""
    found: dict[FeatureName, Facts] = {}
    for number, stream in enumerate(streams):
        of: dict[Feature, Facts] = {}
        for entry in stream.result.diary:
            if entry.said is not None:
                raw = (entry.vendor, entry.said.feature)
                if raw not in of:
                    of[raw] = found.setdefault((stream.server, name(raw[0]), name(raw[1])), Facts())
                    of[raw].raw.append((number, raw))
                    of[raw].covered += covered_by(stream)
                take_event(of[raw], entry.what, entry.time)
        for session, span in stream.result.spans():
            take_span(of[session.vendor, session.feature], number, session, span, stream.result.frontier)
        for wait in stream.result.waits:
            take_wait(of[wait.vendor, wait.feature], number, wait, stream.result.frontier)
    for row in site.capacity:
        if row.feature not in found:
            found[row.feature] = Facts(covered=covered_by_server(streams, row.feature))
        found[row.feature].sights.append(row.start)
    return found


def take_event(facts: Facts, verb: str, time: int) -> None:
    """Count an event line."""
    if verb == "OUT":
        facts.checkouts.append(time)
    if verb == "IN":
        facts.checkins.append(time)
    if verb in ("DENIED", "UNSUPPORTED"):
        facts.denials.append(time)
    if verb in SIGHTS:
        facts.sights.append(time)


def take_span(facts: Facts, stream: int, session: Session, span: Span, frontier: int) -> None:
    """Take a span of a session, an open one to the frontier."""
    end = (max(span.start, frontier), BEFORE_ANY_LINE) if span.end is None else (span.end, span.end_place)
    if session.reason == "gap" and end[0] > span.start and span is session.spans[-1]:
        end = (end[0], BEFORE_ANY_LINE)
    place = BEFORE_ANY_LINE if session.inferred else span.start_place
    facts.seats += held(stream, (span.start, place), end, span.seats)
    if span is session.spans[-1]:
        facts.holders.append((session.start, end[0], name(session.user).casefold()))
    facts.sights.append(span.start)
    if span.doubt is not None and span.end is None and span.doubt[0] < end[0]:
        facts.suspect += held(stream, (span.doubt[0], BEFORE_ANY_LINE), end, span.seats)


def take_wait(facts: Facts, stream: int, wait: Wait, frontier: int) -> None:
    """Take a wait, an open one to the frontier."""
    end = (max(wait.start, frontier), BEFORE_ANY_LINE) if wait.end is None else (wait.end, wait.end_place)
    facts.queued += held(stream, (wait.start, wait.start_place), end, wait.seats)


def covered_by_server(streams: Sequence[Stream], feature: FeatureName) -> list[Interval]:
    """Return what the streams of a feature's server cover."""
    return union(interval for stream in streams if stream.server == feature[0] for interval in covered_by(stream))


def joined(parts: Iterable[Facts]) -> Facts:
    """Return the facts of several features as those of one subject."""
    whole = Facts()
    holes: list[Interval] = []
    for part in parts:
        for key, value in vars(part).items():
            getattr(whole, key).extend(value)
        holes += [(end, begin) for (_, end), (begin, _) in pairwise(union(part.covered))]
    whole.covered = without(whole.covered, holes)
    return whole
