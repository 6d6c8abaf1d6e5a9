"""
Denial episodes of a subject, for the reference windows: the diaries of its streams are told once more, to it alone.

Choice: the diaries of several streams are told together by time; where a clock stepped back, a line counts as told when
the latest line before it was.
Choice: an episode of a product may have denials of several members and daemons; a start of any member ends it, a reset
only where the daemon that wrote its latest line was reset.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tests.reference.flexlm_denials import Denied, Rule
from tests.reference.flexlm_result import Entry, Episode, Feature, Result


def episodes_of(results: Sequence[Result], members: Collection[tuple[int, Feature]], rule: Rule) -> list[Episode]:
    """Return the episodes of a subject; *members* are its features, each with the number of its stream."""
    told: list[tuple[int, int, int, Entry]] = []
    for stream, result in enumerate(results):
        latest = 0
        for place, entry in enumerate(result.diary):
            latest = max(latest, entry.time)
            if entry.said is None or (stream, (entry.vendor, entry.said.feature)) in members:
                # One daemon's name may stand in the logs of two servers.
                told.append((latest, stream, place, entry._replace(vendor=b"%d " % stream + entry.vendor)))
    told.sort(key=lambda item: item[:3])
    found = Result()
    denied = Denied(found, rule, one_subject=True)
    for *_, entry in told:
        denied.take(entry)
    return found.episodes
