"""The answer behind ``status``: how far each log is read, how far it can be trusted, and what is wrong."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from exporter.facts import RARE_OUTCOMES, SESSION_OUTCOMES, Activity
from exporter.records import LINE_OUTCOMES
from exporter.reports.licences import LicenceStatus
from exporter.reports.printable import path_text
from exporter.reports.reader import Reader
from exporter.reports.sinks import SinkStatus, read_sinks

COMPRESSED = (".gz", ".bz2", ".xz", ".zst")
"""Files whose size on disk says nothing about offsets, which count decompressed bytes."""

_STREAMS = """
SELECT id, source, server, name, problem, warning, generation, offset, known.frontier, last_line, committed
FROM stream JOIN known ON known.stream = stream.id ORDER BY source, name
"""
_GENERATIONS = "SELECT id, stream, path, offset, size, closed FROM generation"
_OPEN_SESSIONS = "SELECT generation, count(*) FROM session WHERE end IS NULL GROUP BY generation"
_SUSPECTS = "SELECT generation, count(suspect) FROM session WHERE end IS NULL GROUP BY generation"
_OPEN_WAITS = "SELECT generation, count(*) FROM wait WHERE end IS NULL GROUP BY generation"
_UNKNOWN = """
SELECT generation, count(*) FROM session WHERE holder IN (SELECT value FROM json_each(?)) GROUP BY generation
"""
_KEPT = "SELECT generation, count(*) FROM session GROUP BY generation"
_USES = "SELECT stream, sum(uses) FROM use_total GROUP BY stream"
_TRANSFERS = "SELECT stream, sum(files) FROM transfer_total GROUP BY stream"
_TALLIES = "SELECT stream, kind, n FROM tally"
_GAPS = """
SELECT generation.stream, gap.reason, count(*) FROM gap JOIN generation ON generation.id = gap.generation
WHERE NOT gap.withdrawn GROUP BY generation.stream, gap.reason ORDER BY gap.reason
"""
_ACTIVITY = "SELECT stream, vendor, day, starts, stops, resets FROM activity"
_SAMPLES = "SELECT stream, generation, at, text, why FROM sample ORDER BY id DESC"


StoplessSince = Callable[[Iterable[Activity], int], int | None]


@dataclass(frozen=True, slots=True)
class Sample:
    """A line that looks like an event and could not be read."""

    file: str
    offset: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading stands in a stream."""

    file: str
    generation: int
    offset: int
    size: int

    @property
    def percent(self) -> int:
        """The share that was read, cut to whole percents, so 100 means all."""
        return 100 * self.offset // self.size if self.size else 100


@dataclass(frozen=True, slots=True)
class Trust:
    """How far the numbers of a stream can be trusted; counts since the stream began."""

    lines: Mapping[str, int]
    """By outcome (`LINE_OUTCOMES`)."""
    times_refused: int
    late_facts: int
    """Read after the facts of their time had gone: no window shows them."""
    sessions: Mapping[str, int]
    """By outcome (see `exporter.facts`)."""
    unmatched_stops: int
    disagreements: int
    """Lines whose own count of the server is not ours."""
    gaps: Mapping[str, int]
    """Gaps by reason, those that occurred; without those whose bytes came back."""
    stopless: Mapping[str, int]
    """Vendor daemons that write no check-ins, and since when (UTC second)."""
    samples: tuple[Sample, ...]
    """The newest first."""
    unknown: int = 0
    """Sessions by names that are none, such as anyuser; of all that are kept, see *kept*."""
    kept: int = 0
    """Sessions in the ledger, 0 where none is by such a name: to count them takes long."""


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """One log. Times are UTC seconds, None where there is none yet."""

    source: str
    server: str
    stream: str
    problem: str | None
    """Why it isn't read now, as the process that collects found it."""
    warning: str | None
    """What is wrong though it is read, likewise."""
    place: Place | None
    """None before anything was read."""
    lag: int
    """Bytes not read yet."""
    frontier: int | None
    """The instant up to which the log is known."""
    last_line: int | None
    committed: float | None
    open_sessions: int
    suspect_sessions: int
    """Of the open ones, those that may have ended in a gap."""
    open_waits: int
    uses: int
    """What was used at an instant, such as modules that were loaded, since the log began."""
    transfers: int
    """Files that were received or sent, since the log began."""
    trust: Trust


@dataclass(frozen=True, slots=True)
class Status:
    """All of it, as of *now*."""

    now: float
    revision: int
    """Commits so far."""
    committed: float | None
    """The last of them, UTC seconds."""
    streams: tuple[StreamStatus, ...]
    """By source and name."""
    problems: Mapping[str, str]
    """By source: a sentence for each that has no stream, that can't be read now, or that isn't configured."""
    sinks: tuple[SinkStatus, ...] = ()
    """By name."""
    licences: tuple[LicenceStatus, ...] = ()
    """What licence files grant, by server."""


@dataclass(frozen=True, slots=True)
class _Generation:
    id: int
    stream: int
    path: bytes
    offset: int
    size: int
    closed: int


def status(
    ledger: Reader,
    now: float,
    size_of: Callable[[str], int | None],
    stopless_since: StoplessSince,
    sources: Mapping[str, str | None],
    sinks: Iterable[str] = (),
    licences: Iterable[LicenceStatus] = (),
) -> Status:
    """
    Return how things stand.

    *size_of* gives the bytes of a file now, or None when it is gone; *stopless_since*, from the days of a daemon and
    its log's last line, since when it writes no check-ins, or None when it does; *sources* every configured source,
    with its problem or None; *sinks* are the names of the configured ones; *licences* is what licence files grant now.
    """
    # Generations are asked for last: a commit between two questions may add one, and takes none away.
    rows, sampled = list(ledger.ask(_STREAMS)), list(ledger.ask(_SAMPLES))
    open_sessions, suspects, open_waits = (list(ledger.ask(sql)) for sql in (_OPEN_SESSIONS, _SUSPECTS, _OPEN_WAITS))
    generations = {row[0]: _Generation(*row) for row in ledger.ask(_GENERATIONS)}
    sessions, in_doubt, waits = (_by_stream(counts, generations) for counts in (open_sessions, suspects, open_waits))
    nobody = _holders_that_are_none(ledger)
    unknown = _by_stream(list(ledger.ask(_UNKNOWN, nobody)) if nobody else [], generations)
    kept = _by_stream(list(ledger.ask(_KEPT)) if unknown else [], generations)
    uses: dict[int, int] = dict(ledger.ask(_USES))
    transfers: dict[int, int] = dict(ledger.ask(_TRANSFERS))
    tallies: dict[int, dict[str, int]] = defaultdict(dict)
    for stream, kind, count in ledger.ask(_TALLIES):
        tallies[stream][kind] = count
    gaps: dict[int, dict[str, int]] = defaultdict(dict)
    for stream, reason, count in ledger.ask(_GAPS):
        gaps[stream][reason] = count
    days: dict[int, dict[str, list[Activity]]] = defaultdict(lambda: defaultdict(list))
    for stream, *day in ledger.ask(_ACTIVITY):
        days[stream][day[0]].append(Activity(*day))
    samples: dict[int, list[Sample]] = defaultdict(list)
    for stream, generation, at, text, why in sampled:
        samples[stream].append(Sample(path_text(generations[generation].path), at, text, why))
    sizes = {one.id: _size(one, size_of) for one in generations.values() if not one.closed}
    lags: dict[int, int] = defaultdict(int)
    for number, size in sizes.items():
        lags[generations[number].stream] += max(0, size - generations[number].offset)
    streams = tuple(
        StreamStatus(
            source,
            server,
            path_text(name),
            problem,
            warning,
            _place(generations.get(generation), offset, sizes),
            lags[stream],
            frontier,
            last_line,
            committed,
            sessions[stream],
            in_doubt[stream],
            waits[stream],
            uses.get(stream, 0),
            transfers.get(stream, 0),
            replace(
                _trust(
                    *(tallies[stream], gaps[stream], _stopless(days[stream], last_line or 0, stopless_since)),
                    samples[stream],
                ),
                unknown=unknown[stream],
                kept=kept[stream],
            ),
        )
        for stream, source, server, name, problem, warning, generation, offset, frontier, last_line, committed in rows
    )
    revision, committed = next(iter(ledger.ask("SELECT revision, committed FROM meta")), (0, None))
    problems = _problems(streams, sources)
    stands = read_sinks(ledger, list(sinks))
    return Status(now, revision, committed if revision else None, streams, problems, stands, tuple(licences))


def _holders_that_are_none(ledger: Reader) -> str | None:
    """Return a JSON list of the ids of users that are nobody, None where there are none."""
    nobody = {
        name
        for (name,) in ledger.ask(
            "SELECT j.value FROM rule, json_each(rule.value, '$.nobody') AS j WHERE rule.kind = 'people'"
        )
    }
    found = [holder for holder, user in ledger.ask("SELECT id, user FROM holder") if user.casefold() in nobody]
    return json.dumps(found) if found else None


def _by_stream(counts: Iterable[tuple[Any, ...]], generations: Mapping[int, _Generation]) -> dict[int, int]:
    """Return (generation, count) rows summed by stream; 0 for the others."""
    summed: dict[int, int] = defaultdict(int)
    for generation, count in counts:
        summed[generations[generation].stream] += count
    return summed


def _size(generation: _Generation, size_of: Callable[[str], int | None]) -> int:
    """Return the bytes of an open generation now; as last read where the file can't tell or is another one by now."""
    path = os.fsdecode(generation.path)
    live = None if path.endswith(COMPRESSED) else size_of(path)
    return generation.size if live is None or live < generation.offset else live


def _place(generation: _Generation | None, offset: int | None, sizes: Mapping[int, int]) -> Place | None:
    """Return where reading stands."""
    if generation is None or offset is None:
        return None
    return Place(path_text(generation.path), generation.id, offset, sizes.get(generation.id, generation.size))


def _stopless(days: Mapping[str, Iterable[Activity]], last_line: int, stopless_since: StoplessSince) -> dict[str, int]:
    """Return since when each daemon that writes no check-ins is like that."""
    since = {vendor: stopless_since(of_vendor, last_line + 1) for vendor, of_vendor in sorted(days.items())}
    return {vendor: begun for vendor, begun in since.items() if begun is not None}


def _trust(
    tally: Mapping[str, int], gaps: Mapping[str, int], stopless: Mapping[str, int], samples: Iterable[Sample]
) -> Trust:
    """Return the trust figures; what never happened counts 0."""
    return Trust(
        lines={outcome: tally.get(outcome, 0) for outcome in LINE_OUTCOMES},
        times_refused=tally.get("refused", 0),
        late_facts=tally.get("late", 0),
        sessions={outcome: tally.get(outcome, 0) for outcome in SESSION_OUTCOMES}
        | {outcome: tally[outcome] for outcome in RARE_OUTCOMES if outcome in tally},
        unmatched_stops=tally.get("unmatched", 0),
        disagreements=tally.get("disagreed", 0),
        gaps=gaps,
        stopless=stopless,
        samples=tuple(samples),
    )


def _problems(streams: Iterable[StreamStatus], sources: Mapping[str, str | None]) -> dict[str, str]:
    """Return the sources that have a problem, or no stream, or are not configured any more."""
    read = {stream.source for stream in streams}
    nothing = "nothing of it was read yet; `seatwatch collect` or `seatwatch run` reads it."
    problems = {
        source: problem or nothing for source, problem in sources.items() if problem is not None or source not in read
    }
    left = "the configuration names no such source, so it isn't read; `seatwatch reset` takes it out of the ledger."
    return problems | dict.fromkeys(sorted(read - sources.keys()), left)
