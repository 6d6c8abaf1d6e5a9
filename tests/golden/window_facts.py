"""What the reference reader finds in a log, as facts of windows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from exporter.tiers.facts import Issued, Step, Steps, SubjectFacts, Use
from tests.reference.flexlm_dates import date_lines
from tests.reference.flexlm_lines import Said, lines_of
from tests.reference.flexlm_reader import Reader
from tests.reference.flexlm_result import Feature, Session, Wait, name


class Taken(Reader):
    """The reference reader, noting for each event line its feature, verb and time, and the lines that end waits."""

    def __init__(self) -> None:
        """Begin with nothing noted."""
        super().__init__([], 86400)
        self.events: defaultdict[Feature, list[tuple[str, int]]] = defaultdict(list)
        self.wait_lines: dict[Wait, list[int]] = {}
        self.seq = 0

    def pass_over(self, time: int, seq: int) -> None:
        """Note where the waits stand that the line before began or ended."""
        self.note_waits()
        self.seq = seq
        super().pass_over(time, seq)

    def note_waits(self) -> None:
        """Note the newest line at each wait's beginning and end."""
        for wait in self.result.waits:
            lines = self.wait_lines.setdefault(wait, [self.seq])
            if wait.end is not None and len(lines) == 1:
                lines.append(self.seq)

    def take_event(self, vendor: bytes, said: Said, time: int, seq: int) -> None:
        """Note the event, then take it."""
        self.events[vendor, said.feature].append((said.verb, time))
        super().take_event(vendor, said, time, seq)


def taken(files: list[bytes], zone: str, now: int) -> Taken:
    """Read the generations of one stream, oldest first."""
    reader = Taken()
    dated, _ = date_lines(lines_of(files), ZoneInfo(zone), [now] * len(files))
    for one in dated:
        reader.take(one)
    reader.note_waits()
    reader.denied.decide_refused(reader.result.frontier)
    return reader


def facts_of(reader: Taken, config: dict[str, Any]) -> dict[Feature, SubjectFacts]:
    """Return the facts of every feature, by (vendor, feature)."""
    issued = _issued(config)
    result = reader.result
    found = {}
    for feature in sorted({*reader.events, *issued, *((it.vendor, it.feature) for it in result.sessions)}):

        def own(facts: Iterable[Any], feature: Feature = feature) -> list[Any]:
            return [fact for fact in facts if (fact.vendor, fact.feature) == feature]

        events = reader.events[feature]
        sessions: list[Session] = own(result.sessions)
        dates = issued.get(feature, [])
        sights = [time for verb, time in events if verb in ("OUT", "IN", "DENIED", "QUEUED", "UPGRADE")]
        sights += [date.start for date in dates] + [session.start for session in sessions]
        episodes = own(result.episodes)
        found[feature] = SubjectFacts(
            first=min(sights, default=None),
            coverage=result.coverage,
            levels=Steps.of(step for session in sessions for step in _session_steps(session)),
            uses=sorted((Use(it.start, it.end, name(it.user).casefold()) for it in sessions), key=lambda it: it.start),
            checkouts=sorted(time for verb, time in events if verb == "OUT"),
            checkins=sorted(time for verb, time in events if verb == "IN"),
            denials=sorted(denial.time for denial in own(result.denials)),
            waited=sorted(episode.first for episode in episodes if episode.outcome == "waited"),
            refused=sorted(episode.first for episode in episodes if episode.outcome == "refused"),
            queued=Steps.of(step for wait in own(result.waits) for step in _wait_steps(wait, reader.wait_lines[wait])),
            issued=dates,
        )
    return found


def _session_steps(session: Session) -> Iterable[Step]:
    for span in session.spans:
        yield Step(span.start, (0, int(2 * span.start_place)), span.seats)
        if span.end is not None:
            yield Step(span.end, (0, int(2 * span.end_place)), -span.seats)


def _wait_steps(wait: Wait, lines: list[int]) -> Iterable[Step]:
    yield Step(wait.start, (0, lines[0]), wait.seats)
    if wait.end is not None:
        yield Step(wait.end, (0, lines[1]), -wait.seats)


def _issued(config: dict[str, Any]) -> dict[Feature, list[Issued]]:
    """Return the dated seats of each feature; a date begins at midnight of the source's zone."""
    zone = ZoneInfo(config["sources"][0]["timezone"])
    steps: defaultdict[Feature, list[Issued]] = defaultdict(list)
    for row in config.get("capacity", []):
        day = row["from"]
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        steps[row["vendor"].encode(), row["feature"].encode()].append(Issued(int(midnight.timestamp()), row["seats"]))
    return {feature: sorted(rows) for feature, rows in steps.items()}
