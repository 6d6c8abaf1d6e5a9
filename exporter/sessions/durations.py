"""How long sessions and waits lasted, counted in buckets by vendor: for figures that are never corrected."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from exporter.catalog.durations import BOUNDS
from exporter.facts import SESSION, UNBOUNDED, Facts, Spread

_BY_LINE = frozenset(("returned", "timeout", "shutdown", "removed"))
"""Reasons of ends that a check-in line told."""


def durations(facts: Facts, vendor_of: Callable[[int], str]) -> dict[tuple[str, str], Spread]:
    """
    Count the sessions whose beginning and end were read, and the waits that ended, among *facts*.

    *vendor_of* gives the vendor of a product id. By vendor and kind, see `Facts.durations`.
    """
    seconds: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    sessions: defaultdict[int, list[int]] = defaultdict(list)
    for session in facts.sessions:
        if session.reason in _BY_LINE and session.end is not None and not session.inferred:
            sessions[session.product].append(session.end - session.start)
    for wait in facts.waits:
        if wait.end is not None and wait.outcome is not None:
            seconds[wait.product, wait.outcome].append(wait.end - wait.start)
    lists: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for product, lasted in sessions.items():
        lists[vendor_of(product), SESSION] += lasted
    for (product, outcome), lasted in seconds.items():
        lists[vendor_of(product), outcome] += lasted
    return {key: _spread(lasted, BOUNDS[key[1]]) for key, lasted in lists.items()}


def _spread(lasted: Iterable[int], bounds: Sequence[int]) -> Spread:
    """Put seconds into buckets; a bound belongs to its bucket."""
    ordered = sorted(lasted)
    spread: Spread = {}
    begin = 0
    for bound in (*bounds, UNBOUNDED):
        end = bisect_right(ordered, bound) if bound else len(ordered)
        if end > begin:
            spread[bound] = end - begin, sum(ordered[begin:end])
        begin = end
    return spread
