"""
A product's facts from its members' facts, wherever these run; and a feature's, where several streams tell of it.

A product is covered where a member is, but for the holes in the coverage of any: what was used there nobody knows. A
server that came later, or was taken away, makes no hole. Its members are other names of the same thing, or pools of it
on several servers; of a package and its components only the package counts (rule 3.18, trap of double check-outs).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from heapq import merge
from itertools import groupby, pairwise
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeVar

from exporter.tiers.facts import Issued, Seq, Step, Steps, SubjectFacts
from exporter.tiers.intervals import Interval, difference, union

Key = TypeVar("Key", bound=Hashable)
_Row = tuple[int, Seq, int, int]
"""Time, place, stream and seats of a step."""


class Part(NamedTuple):
    """What one stream tells of one member; *stream* is its rank among the streams."""

    stream: int
    facts: SubjectFacts


def counted(members: Iterable[Key], components: Mapping[Key, Collection[Key]]) -> list[Key]:
    """Return the members that count: each once, and no component of another member; *components* are by package."""
    listed = list(dict.fromkeys(members))
    within = {part for package in listed for part in components.get(package, ()) if part != package}
    return [member for member in listed if member not in within]


def feature_facts(parts: Sequence[Part]) -> SubjectFacts:
    """Return the facts of one feature; redundant servers tell of it in several streams, each of its own time."""
    if len(parts) == 1:
        return parts[0].facts
    return _merged(parts, union(interval for part in parts for interval in part.facts.coverage))


def as_member(parts: Sequence[Part]) -> list[Part]:
    """Return the *parts* of one feature for `product_facts`: what one of its streams covers has no hole in another."""
    covered = union(interval for part in parts for interval in part.facts.coverage)
    return [part._replace(facts=replace(part.facts, coverage=covered)) for part in parts]


def product_facts(parts: Sequence[Part], issued: Sequence[Issued] | None = None) -> SubjectFacts:
    """
    Return the facts of a product, all of whose members' *parts* these are.

    *issued* are seats of its own; None: it has those of its members.
    """
    covered = [union(part.facts.coverage) for part in parts]
    holes = [hole for intervals in covered for hole in _holes(intervals)]
    facts = _merged(parts, difference(union(interval for intervals in covered for interval in intervals), holes))
    if issued is None:
        return facts
    first = min(time for time in (facts.first, issued[0].start) if time is not None)
    return replace(facts, issued=issued, first=first)


def _holes(intervals: Sequence[Interval]) -> list[Interval]:
    return [(end, start) for (_, end), (start, _) in pairwise(intervals)]


def _merged(parts: Sequence[Part], coverage: Sequence[Interval]) -> SubjectFacts:
    """Return the facts of all *parts* as those of one subject; of no part at all: nothing seen, nothing covered."""
    every = [part.facts for part in parts]
    return SubjectFacts(
        first=min((facts.first for facts in every if facts.first is not None), default=None),
        coverage=coverage,
        levels=_together([(part.stream, part.facts.levels) for part in parts]),
        uses=list(merge(*(facts.uses for facts in every), key=attrgetter("start"))),
        checkouts=list(merge(*(facts.checkouts for facts in every))),
        checkins=list(merge(*(facts.checkins for facts in every))),
        denials=list(merge(*(facts.denials for facts in every))),
        waited=list(merge(*(facts.waited for facts in every))),
        refused=list(merge(*(facts.refused for facts in every))),
        queued=_together([(part.stream, part.facts.queued) for part in parts]),
        suspect=_together([(part.stream, part.facts.suspect) for part in parts]),
        issued=_sum_of_issued(every),
        stopless=union(interval for facts in every for interval in facts.stopless),
    )


def _together(columns: Iterable[tuple[int, Steps]]) -> Steps:
    """
    Put the steps of several members in one order.

    Within one stream it is (time, seq), and so it is in a second of which only one tells. Between streams nobody knows
    it, so in equal seconds stops and downward changes come first, then stream, then seq (rule 3.16): no highest level
    is made up.
    """
    by_stream: dict[int, list[Steps]] = {}
    for stream, steps in columns:
        if steps.times:
            by_stream.setdefault(stream, []).append(steps)
    ordered = [(stream, _of_one_stream(held)) for stream, held in sorted(by_stream.items())]
    if not ordered:
        return Steps((), (), ())
    if len(ordered) == 1:
        return ordered[0][1]
    rows = sorted(
        (time, seq, stream, delta)
        for stream, steps in ordered
        for time, seq, delta in zip(steps.times, steps.seqs, steps.deltas, strict=True)
    )
    columns_of_all: tuple[list[int], list[Seq], list[int]] = [], [], []
    level = 0
    for time, second in groupby(rows, key=itemgetter(0)):
        for _, seq, _, delta in _in_order(list(second), level):
            columns_of_all[0].append(time)
            columns_of_all[1].append(seq)
            columns_of_all[2].append(delta)
            level += delta
    return Steps(*columns_of_all)


def _of_one_stream(held: Sequence[Steps]) -> Steps:
    if len(held) == 1:
        return held[0]
    return Steps.of(Step(*row) for steps in held for row in zip(*steps, strict=True))


def _in_order(second: list[_Row], level: int) -> list[_Row]:
    """Put the steps of one second in order; *level* is the one before it."""
    if len(second) == 1 or len({stream for _, _, stream, _ in second}) == 1:
        return second
    ordered, late = [], []
    for row in sorted(second, key=lambda row: (row[3] >= 0, row[2])):
        if level + row[3] < 0:
            late.append(row)  # the end of what begins in this second: there is no level below nobody
            continue
        ordered.append(row)
        level += row[3]
    return ordered + late


def _sum_of_issued(every: Iterable[SubjectFacts]) -> list[Issued]:
    """Return the seats issued of all together; a member whose seats are unknown counts as none."""
    changes: list[tuple[int, int]] = []
    for facts in every:
        before = 0
        for start, seats in facts.issued:
            changes.append((start, seats - before))
            before = seats
    total = 0
    summed = []
    for start, same in groupby(sorted(changes), key=itemgetter(0)):
        total += sum(change for _, change in same)
        summed.append(Issued(start, total))
    return summed
