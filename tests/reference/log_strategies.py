"""
Hypothesis strategies for FlexNet debug logs: small and nasty.

`logs` draws a plan, a list of moves (see `log_moves`), and a server's manners, and writes the log as that server
would have: a true clock runs on, the zone and the clock's error make the local time of each line, so nights of
changed clocks, midnights and steps come out as they do in life. Few names, so keys collide; advances lie at the edges
of the rules.

Where the rules leave two readings open the strategies keep off, so that two faithful readers agree: a clock is not
set back into the repeated hour from after it, a forked copy writes only after its daemon did, the time inside an SLOG
line is the frame's, prefixes ``MM/DD`` never contradict the inferred dates, handles are unique among the open ones.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.reference.log_moves import DAEMONS, event_texts, keys, moves
from tests.reference.log_pen import LATER, Manners
from tests.reference.log_writer import write_log

MADRID = "Europe/Madrid"
NIGHTS = {
    "autumn": datetime(2024, 10, 26, 23, 40, tzinfo=UTC),
    "spring": datetime(2024, 3, 30, 23, 40, tzinfo=UTC),
    "new year": datetime(2023, 12, 31, 21, 50, tzinfo=UTC),
    "leap day": datetime(2024, 2, 28, 12, 1, 2, tzinfo=UTC),
    "day": datetime(2024, 3, 5, 7, 0, tzinfo=UTC),
    "day after the twelfth": datetime(2024, 6, 13, 7, 59, 58, tzinfo=UTC),
}


class Log(NamedTuple):
    """A stream to read: IANA zone, generations oldest first, and the moment of reading (UTC second)."""

    zone: str
    generations: list[bytes]
    now: int


def events() -> st.SearchStrategy[bytes]:
    """Messages of event lines, readable ones and others, without the frame."""
    return event_texts()


@st.composite
def manners(draw: st.DrawFn) -> Manners:
    """How a server writes: padding, seconds, prefix, trailing blanks, line ends."""
    return Manners(
        zero_padded=draw(st.booleans()),
        seconds=draw(st.sampled_from([True, True, True, False])),
        prefix=False,  # it tells midnights that the reference counts without it
        day_first=draw(st.sampled_from([False, False, True])),
        stripped=draw(st.sampled_from([False, False, True])),
        line_ends=draw(st.lists(st.sampled_from([b"\n", b"\r\n"]), min_size=1, max_size=3)),
        marks=draw(st.lists(st.booleans(), min_size=1, max_size=3)),
        verbose=draw(st.sampled_from([frozenset[bytes](), frozenset([b"fernd"]), frozenset([b"fernd", b"acornd"])])),
        torn=draw(st.sampled_from([False, False, True])),
        patience=draw(st.sampled_from([300, 700, 21600])),
        banner=draw(st.sampled_from([False, True])),
        unfinished=draw(st.sampled_from([b"", b"", b' 9:59:59 (acornd) OUT: "acorn_ba', b"10:0"])),
    )


@st.composite
def logs(draw: st.DrawFn, longest: int = 40, night: str | None = None) -> Log:
    """
    Draw logs of up to *longest* moves as `Log`, that is (zone, generations oldest first, moment of reading).

    *night*: only logs of Madrid that begin in this one of `NIGHTS`.
    """
    zone = MADRID if night else draw(st.sampled_from([MADRID, MADRID, "UTC", "America/New_York", "Asia/Kolkata"]))
    begin = NIGHTS[night or draw(st.sampled_from(sorted(NIGHTS)))]
    cast = draw(st.lists(keys(), min_size=1, max_size=3))
    daemons = draw(st.lists(st.sampled_from(DAEMONS), min_size=1, max_size=2))
    shortest = draw(st.sampled_from([1, longest // 3, longest // 2]))
    plan = []
    for move in draw(st.lists(moves(), min_size=max(1, shortest), max_size=longest)):
        daemon, key = daemons[move.which % len(daemons)], cast[move.whose % len(cast)]
        plan.append(move._replace(daemon=daemon, key=key))
    generations, shown, anchored = write_log(plan, draw(manners()), ZoneInfo(zone), int(begin.timestamp()))
    return Log(zone, generations, LATER if anchored else shown)
