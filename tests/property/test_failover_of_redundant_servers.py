"""
Redundant servers with any history: what a failover ends is what a slow model of rule 3.16 says.

And it is so in whatever order and pieces the logs are read, when processes begin anew in between, and in every window.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st

from exporter.catalog.silence import STALE_AFTER
from exporter.catalog.tiers import HOURLY, LONGTERM
from exporter.rules import Rules
from tests.property.ledger_site import LedgerSite, Written, differences
from tests.reference.log_pen import LATER
from tests.reference.log_strategies import Log
from tests.reference.site_facts import site_of

BEGIN = 1_709_546_400  # 2024-03-04T10:00:00Z
SILENCE = STALE_AFTER["flexlm"]
EVER = 1 << 62


class Event(NamedTuple):
    """What a server writes at a UTC second: a check-"out" or "in" by a user, or "exit", "start" or "beat"."""

    time: int
    what: str
    user: str
    seats: int


class Row(NamedTuple):
    """A session as it is exported."""

    server: int
    user: str
    seats: int
    start: int
    end: int | None
    reason: str | None


@dataclass
class Held:
    """A session of the model; *line* is the number of the event that ended it by its own log."""

    user: str
    seats: int
    start: int
    end: int | None = None
    reason: str | None = None
    line: int | None = None


EVENTS = st.tuples(
    st.sampled_from([0, 1, 60, 600, 3_600, SILENCE - 1, SILENCE, SILENCE + 1]),
    st.sampled_from(["out", "out", "out", "in", "in", "exit", "exit", "start", "beat"]),
    st.sampled_from(["amber", "birch"]),
    st.sampled_from([1, 1, 1, 2]),
)


@st.composite
def histories(draw: st.DrawFn) -> list[list[Event]]:
    """Draw what two or three servers write, each in its own time."""
    found = []
    for _ in range(draw(st.integers(2, 3))):
        time, history = BEGIN + draw(st.sampled_from([0, 0, 600, 30_000])), []
        for after, *rest in draw(st.lists(EVENTS, max_size=12)):
            time += after
            history.append(Event(time, *rest))
        found.append(history)
    return found


def text_of(history: Sequence[Event]) -> bytes:
    """Return the log, each line with its date before it."""
    lines = []
    first = history[0].time if history else BEGIN
    for time, what, user, seats in [Event(first, "start", "", 0), *history]:
        moment = datetime.fromtimestamp(time, UTC)
        count = f"  ({seats} licenses)" if seats > 1 else ""
        said = {
            "out": f'(acornd) OUT: "acorn_base" {user}@ws-01{count}',
            "in": f'(acornd) IN: "acorn_base" {user}@ws-01{count}',
            "exit": "(acornd) EXITING DUE TO SIGNAL 15 Exit reason 4",
            "start": "(lmgrd) Started acornd (internet tcp_port 41001 pid 2301)",
            "beat": "(lmgrd) TIMESTAMP " + f"{moment:%m/%d/%Y}",
        }[what]
        lines += [f"{moment:%H:%M:%S} (lmgrd) TIMESTAMP {moment:%m/%d/%Y}\n", f"{moment:%H:%M:%S} {said}\n"]
    return "".join(lines).encode()


def expected(servers: Sequence[Sequence[Event]]) -> list[Row]:
    """Return the sessions by the letter of the rule, all of it known."""
    newest = max(history[-1].time if history else BEGIN for history in servers)
    rows = []
    for number, history in enumerate(servers):
        held = _by_its_own_log(history)
        elsewhere = [event for other, them in enumerate(servers) if other != number for event in them]
        for since, until, line in _downs(history, newest):
            reason = None if line is None else "reset"
            left = [one for one in held if one.start <= since and (one.line, one.reason) == (line, reason)]
            for key in {(one.user, one.seats) for one in left}:
                starts = sorted(
                    it.time for it in elsewhere if it.what == "out" and it[2:] == key and since <= it.time < until
                )
                equal = [one for one in left if (one.user, one.seats) == key]
                for one, start in zip(equal, starts, strict=False):
                    one.end, one.reason = start, "superseded"
        rows += [Row(number, one.user, one.seats, one.start, one.end, one.reason) for one in held]
    return sorted(rows, key=repr)


def _by_its_own_log(history: Sequence[Event]) -> list[Held]:
    held: list[Held] = []
    last = 0
    for number, (time, what, user, seats) in enumerate(history):
        now_open = [one for one in held if one.end is None]
        if what == "out":
            held.append(Held(user, seats, time))
        elif what == "in":
            theirs = [one for one in now_open if one.user == user]
            for one in [*(one for one in theirs if one.seats == seats), *theirs][:1]:
                one.end, one.reason, one.line = time, "returned", number
        elif what == "start":
            for one in now_open:
                one.end, one.reason, one.line = last, "reset", number
        if what in ("out", "in", "exit"):
            last = time
    return held


def _downs(history: Sequence[Event], newest: int) -> Iterator[tuple[int, int, int | None]]:
    since = None
    for number, (time, what, _, _) in enumerate(history):
        if what == "exit" and since is None:
            since = time
        elif what == "start" and since is not None:
            yield since, time, number
            since = None
    if since is not None:
        yield since, EVER, None
    elif history and newest > history[-1].time + SILENCE:
        yield history[-1].time + 1, EVER, None


@contextmanager
def reading(servers: Sequence[Sequence[Event]]) -> Iterator[LedgerSite]:
    """Give a ledger that knows that the servers are redundant, and has read nothing."""
    logs = [Written("lic", Log("UTC", [text_of(history)], LATER)) for history in servers]
    about = site_of({"site": {"timezone": "UTC"}, "sources": []})
    with tempfile.TemporaryDirectory() as folder:
        site = LedgerSite(Path(folder) / "ledger.db", about, logs)
        redundant = {f"lic{number}": SILENCE for number in range(len(servers))}
        site.ledger.adopt(Rules("UTC", 10, 1_200, redundant=redundant), lambda *_: ())
        try:
            yield site
        finally:
            site.close()


def sessions(site: LedgerSite) -> list[Row]:
    """Return what the ledger has of sessions."""
    rows = site.ledger.ask(
        "SELECT stream.source, holder.user, f.seats, f.start, f.end, f.reason FROM session AS f "
        "JOIN generation ON generation.id = f.generation JOIN stream ON stream.id = generation.stream "
        "JOIN holder ON holder.id = f.holder"
    )
    return sorted((Row(int(source.removeprefix("lic")), *rest) for source, *rest in rows), key=repr)


def levels(site: LedgerSite) -> dict[int, tuple[int, int]]:
    """Return, by server, the seats and the users that its view shows."""
    shown = {}
    for number, stream in enumerate(site.streams):
        features = stream.view().features.values()
        shown[number] = sum(one.in_use for one in features), sum(one.users for one in features)
    return shown


READ_LATE = [[], [Event(BEGIN, "out", "amber", 1)], [Event(BEGIN + SILENCE + 1, "out", "amber", 1)]]
"""The second is silent for too long before its check-out is read."""


@example(READ_LATE, 0)
@given(histories(), st.integers(0, 1 << 16))
def test_any_order_of_reading_says_what_the_model_says(servers: list[list[Event]], seed: int) -> None:
    """Sessions, levels shown and windows are those of the model, of one reading in any order, and of many pieces."""
    random = Random(seed)  # noqa: S311 -- no secret
    wanted = expected(servers)
    still_open: defaultdict[int, list[Row]] = defaultdict(list)
    for row in wanted:
        if row.end is None:
            still_open[row.server].append(row)
    shown = {
        number: (sum(row.seats for row in still_open[number]), len({row.user for row in still_open[number]}))
        for number in range(len(servers))
    }
    with reading(servers) as whole, reading(servers) as pieces:
        for number in random.sample(range(len(servers)), len(servers)):
            while whole.read([number], 100_000):
                pass
        pieces.read_in_pieces(random)
        pieces.store()
        for site in (whole, pieces):
            assert wanted == sessions(site)
            assert shown == levels(site)
        for tier in (HOURLY, LONGTERM):
            assert [] == differences(whole.given(tier), pieces.given(tier))
            assert [] == differences(pieces.worked_out(tier), pieces.given(tier))
