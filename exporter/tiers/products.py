"""
A product's facts from its members' facts, wherever these run; and a feature's, where several streams tell of it.

A product is covered where a member is, but for the holes in the coverage of any: what was used there nobody knows. A
server that came later, or was taken away, makes no hole. Its members are other names of the same thing, or pools of it
on several servers; of a package and its components only the package counts (rule 3.18, trap of double check-outs).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from exporter.feature_rows import NOTHING, Column
from exporter.tiers.columns import Groups, distinct
from exporter.tiers.facts import NO_STEPS, NO_USES, Issued, Steps, SubjectFacts, Times, Uses
from exporter.tiers.intervals import Interval, difference, union

Key = TypeVar("Key", bound=Hashable)


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
        uses=Uses(*map(np.concatenate, zip(NO_USES, *(facts.uses for facts in every), strict=True))),
        checkouts=_all_of(facts.checkouts for facts in every),
        checkins=_all_of(facts.checkins for facts in every),
        denials=_all_of(facts.denials for facts in every),
        waited=_all_of(facts.waited for facts in every),
        refused=_all_of(facts.refused for facts in every),
        queued=_together([(part.stream, part.facts.queued) for part in parts]),
        suspect=_together([(part.stream, part.facts.suspect) for part in parts]),
        issued=_sum_of_issued(every),
        stopless=union(interval for facts in every for interval in facts.stopless),
    )


def _all_of(every: Iterable[Times]) -> Column:
    return np.sort(np.concatenate((NOTHING, *(np.asarray(times, dtype=np.int64) for times in every))))


def _together(columns: Iterable[tuple[int, Steps]]) -> Steps:
    """
    Put the steps of several members in one order.

    Within one stream it is (time, seq), and so it is in a second of which only one tells. Between streams nobody knows
    it, so in equal seconds stops and downward changes come first, then stream, then seq (rule 3.16): no highest level
    is made up.
    """
    by_stream: dict[int, list[Steps]] = {}
    for stream, steps in columns:
        if len(steps.times):
            by_stream.setdefault(stream, []).append(steps)
    every = [held[0] if len(held) == 1 else _of_one_stream(held) for held in by_stream.values()]
    if len(every) < 2:
        return every[0] if every else NO_STEPS
    streams = np.repeat(np.array([*by_stream], dtype=np.int64), [len(steps.times) for steps in every])
    steps = _joined(every)
    order = _order(steps, streams)
    return Steps(*(column[order] for column in steps))


def _of_one_stream(held: Sequence[Steps]) -> Steps:
    times, seqs, deltas = _joined(held)
    return Steps.ordered(times, seqs[:, 0], seqs[:, 1], deltas)


def _joined(every: Iterable[Steps]) -> Steps:
    return Steps(*map(np.concatenate, zip(*every, strict=True)))


def _order(steps: Steps, streams: Column) -> Column:
    """Return the order of the *steps* of several streams; *streams* are the ranks of theirs."""
    times, seqs, deltas = steps
    shared = _in_shared_seconds(times, streams)
    ranks = (seqs[:, 1], seqs[:, 0], np.where(shared, streams, 0), shared & (deltas >= 0), times)
    order = np.lexsort(ranks)
    levels = deltas[order].cumsum()
    # There is no level below nobody: what ends before it began in its second comes last in there.
    seconds = times[order]
    for second in distinct(seconds[shared[order] & (levels < 0)]):
        first, last = seconds.searchsorted([second, second + 1])
        own = order[first:last]
        order[first:last] = own[_late_last(deltas[own].tolist(), int(levels[first - 1]) if first else 0)]
    return order


def _in_shared_seconds(times: Column, streams: Column) -> npt.NDArray[np.bool_]:
    """Return which of the *times* are told of by several of the *streams*."""
    order = times.argsort()
    groups, of = Groups(times[order]), streams[order]
    shared = groups.reduce(np.maximum, of) != groups.reduce(np.minimum, of)
    found: npt.NDArray[np.bool_] = shared[groups.keys.searchsorted(times)]
    return found


def _late_last(deltas: Sequence[int], level: int) -> list[int]:
    """Return the order of the steps of one second, *level* before it: those that would lead below 0 are the last."""
    ordered, late = [], []
    for number, delta in enumerate(deltas):
        if level + delta < 0:
            late.append(number)
            continue
        ordered.append(number)
        level += delta
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
