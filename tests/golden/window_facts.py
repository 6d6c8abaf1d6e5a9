"""What the reference reader finds in a log, as facts of windows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from exporter.tiers.facts import BEFORE_LINES, Issued, Step, Steps, SubjectFacts, Use, Uses
from tests.reference.flexlm_result import Feature, Result, Session, Wait, name


def facts_of(result: Result, config: dict[str, Any]) -> dict[Feature, SubjectFacts]:
    """Return the facts of every feature, by (vendor, feature)."""
    issued = _issued(config)
    told: defaultdict[Feature, list[tuple[str, int]]] = defaultdict(list)
    for entry in result.diary:
        if entry.said is not None:
            told[entry.vendor, entry.said.feature].append((entry.what, entry.time))
    found = {}
    users: dict[str, int] = {}
    for feature in sorted({*told, *issued, *((it.vendor, it.feature) for it in result.sessions)}):

        def own(facts: Iterable[Any], feature: Feature = feature) -> list[Any]:
            return [fact for fact in facts if (fact.vendor, fact.feature) == feature]

        events = told[feature]
        sessions: list[Session] = own(result.sessions)
        dates = issued.get(feature, [])
        sights = [time for verb, time in events if verb in ("OUT", "IN", "DENIED", "QUEUED", "UPGRADE")]
        sights += [date.start for date in dates] + [session.start for session in sessions]
        episodes = own(result.episodes)
        found[feature] = SubjectFacts(
            first=min(sights, default=None),
            coverage=result.coverage,
            levels=Steps.of(step for session in sessions for step in _session_steps(session, result.frontier)),
            uses=Uses.of(
                Use(
                    it.start,
                    max(it.start, result.frontier) if it.end is None else it.end,
                    users.setdefault(name(it.user).casefold(), len(users)),
                )
                for it in sessions
            ),
            checkouts=sorted(time for verb, time in events if verb == "OUT"),
            checkins=sorted(time for verb, time in events if verb == "IN"),
            denials=sorted(denial.time for denial in own(result.denials)),
            waited=sorted(episode.first for episode in episodes if episode.outcome == "waited"),
            refused=sorted(episode.first for episode in episodes if episode.outcome == "refused"),
            queued=Steps.of(step for wait in own(result.waits) for step in _wait_steps(wait, result.frontier)),
            issued=dates,
        )
    return found


def _session_steps(session: Session, frontier: int) -> Iterable[Step]:
    """Yield what a session adds and takes away; an open one adds nothing after the *frontier* of its stretch."""
    for span in session.spans:
        yield Step(span.start, (0, int(2 * span.start_place)), span.seats)
        if span.end is not None:
            yield Step(span.end, (0, int(2 * span.end_place)), -span.seats)
        elif frontier > span.start:
            yield Step(frontier, BEFORE_LINES, -span.seats)


def _wait_steps(wait: Wait, frontier: int) -> Iterable[Step]:
    """Yield what a wait adds and takes away, as of sessions."""
    yield Step(wait.start, (0, int(2 * wait.start_place)), wait.seats)
    if wait.end is not None:
        yield Step(wait.end, (0, int(2 * wait.end_place)), -wait.seats)
    elif frontier > wait.start:
        yield Step(frontier, BEFORE_LINES, -wait.seats)


def _issued(config: dict[str, Any]) -> dict[Feature, list[Issued]]:
    """Return the dated seats of each feature; a date begins at midnight of the source's zone."""
    zone = ZoneInfo(config["sources"][0]["timezone"])
    steps: defaultdict[Feature, list[Issued]] = defaultdict(list)
    for row in config.get("capacity", []):
        day = row["from"]
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        steps[row["vendor"].encode(), row["feature"].encode()].append(Issued(int(midnight.timestamp()), row["seats"]))
    return {feature: sorted(rows, key=lambda row: row.start) for feature, rows in steps.items()}
