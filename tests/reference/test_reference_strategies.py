"""The strategies for logs: the reference reader takes all they draw, and everything worth testing is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

import pytest
from hypothesis import Phase, given, settings

from tests.reference.flexlm_lines import event_of
from tests.reference.flexlm_reader import read
from tests.reference.flexlm_result import Result
from tests.reference.log_moves import UNREADABLE
from tests.reference.log_strategies import Log, events, logs


def read_log(log: Log) -> Result:
    """Read a drawn log."""
    return read(log.generations, log.zone, None, log.now)


@given(logs())
def test_the_reader_takes_every_drawn_log(log: Log) -> None:
    """Whatever is drawn is read without an exception, and what comes out keeps the plainest promises."""
    result = read_log(log)
    for session, span in result.spans():
        assert span.end is None or span.start <= span.end
        assert (session.end is None) == (not session.reason)
    for states in result.levels().values():
        assert all(level >= 0 for _, level in states)
    for wait in result.waits:
        assert (wait.end is None) == (not wait.outcome)
    inferred = sum(session.inferred for session in result.sessions)
    assert inferred == result.tallies.inferred
    assert all(begin < end for begin, end in result.coverage)
    tables = [result.sessions_csv("srv", "lic"), result.spans_csv("srv")]
    tables += [result.denials_csv("srv", "lic"), result.waits_csv("srv", "lic")]
    assert all(table.endswith("\n") and "\r" not in table for table in tables)


@given(logs())
def test_cutting_a_log_into_generations_changes_nothing(log: Log) -> None:
    """Generations are one stream: their lines in one file give the same facts."""
    whole = b"".join(data if data.endswith(b"\n") else data + b"\n" for data in log.generations[:-1])
    joined = read([whole + log.generations[-1]], log.zone, None, log.now)
    apart = read_log(log)
    assert apart.sessions_csv("srv", "lic") == joined.sessions_csv("srv", "lic")
    assert apart.waits_csv("srv", "lic") == joined.waits_csv("srv", "lic")
    assert apart.coverage == joined.coverage


@given(events())
def test_events_are_read_or_refused_with_a_reason(message: bytes) -> None:
    """An event line is either read, with a feature and a host, or refused by a ValueError that says why."""
    if message in UNREADABLE:
        with pytest.raises(ValueError, match=r"no user@host, or no feature|an arrow stands"):
            event_of(message)
        return
    said = event_of(message)
    assert said is not None
    assert said.feature.strip(b'"') == said.feature != b""
    assert said.host.rstrip(b" ") == said.host != b""


def ended(reason: str) -> Callable[[Result], bool]:
    """Ask for a session that ended so."""
    return lambda result: any(session.reason == reason for session in result.sessions)


def waited(outcome: str) -> Callable[[Result], bool]:
    """Ask for a wait that ended so."""
    return lambda result: any(wait.outcome == outcome for wait in result.waits)


def decided(outcome: str) -> Callable[[Result], bool]:
    """Ask for a denial episode that was decided so."""
    return lambda result: any(it.outcome == outcome and it.lines > 1 for it in result.episodes)


def denied(kind: str) -> Callable[[Result], bool]:
    """Ask for a denial of this class."""
    return lambda result: any(it.kind == kind for it in result.denials)


WANTED: dict[str, Callable[[Result], bool]] = {
    **{f"session {reason}": ended(reason) for reason in ("returned", "timeout", "shutdown", "removed", "reset", "")},
    **{f"wait {outcome}": waited(outcome) for outcome in ("granted", "given_up", "reset", "")},
    **{f"episode {outcome}": decided(outcome) for outcome in ("granted", "waited", "refused", "")},
    **{
        f"denial {kind}": denied(kind)
        for kind in ("capacity", "unsupported", "expired", "excluded", "version", "other")
    },
    "inferred": lambda result: result.tallies.inferred > 1,
    "unmatched": lambda result: result.tallies.unmatched > 1,
    "unparsed": lambda result: result.tallies.unparsed > 0,
    "refused times": lambda result: result.tallies.refused > 0,
    "re-base": lambda result: len(result.coverage) > 2,
    "upgrade": lambda result: any(len(session.spans) > 2 for session in result.sessions),
    "handle": lambda result: any(it.handle and it.reason == "returned" and not it.inferred for it in result.sessions),
    "display": lambda result: any(session.display for session in result.sessions),
    "one key twice": lambda result: any(
        a is not b
        and (a.vendor, a.feature, a.user, a.host) == (b.vendor, b.feature, b.user, b.host)
        and a.start < b.start
        for a in result.sessions
        for b in result.sessions
        if a.end is None or a.end > b.start
    ),
    "high level": lambda result: any(level > 20 for states in result.levels().values() for _, level in states),
    "no length": lambda result: any(session.end == session.start for session in result.sessions),
    "over a midnight": lambda result: any(it.end and it.start // 86400 < it.end // 86400 for it in result.sessions),
    "beyond ASCII": lambda result: any(max(it.user, default=0) > 127 for it in result.sessions),
}


LOOKS: dict[str, Callable[[Log], bool]] = {
    "several generations": lambda log: len(log.generations) > 2,
    "mark": lambda log: any(data.startswith(b"\xef\xbb\xbf") for data in log.generations),
    "mixed line ends": lambda log: len({data.count(b"\r\n") > 0 for data in log.generations}) > 1,
    "no anchor": lambda log: log.now < 1_800_000_000,
}


class _AllDrawn(Exception):
    """Nothing more needs to be drawn."""


def draw_until(wanted: set[str], shown: Callable[[Log, set[str]], Iterable[str]], most: int, night: str = "") -> None:
    """Draw logs until *shown* has told each of *wanted* of some log, given what is still to be seen; *most* of them."""
    missing = set(wanted)

    @settings(max_examples=most, database=None, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)
    @given(logs(night=night) if night else logs())
    def draw(log: Log) -> None:
        missing.difference_update(shown(log, missing))
        if not missing:
            raise _AllDrawn

    with suppress(_AllDrawn):
        draw()
    assert set() == missing


def test_everything_nasty_is_drawn() -> None:
    """All of it comes up within a few hundred draws, so that a property over the strategies is not one over nothing."""

    def shown(log: Log, missing: set[str]) -> list[str]:
        result = read_log(log)
        in_result = [what for what in missing & WANTED.keys() if WANTED[what](result)]
        return in_result + [what for what in missing & LOOKS.keys() if LOOKS[what](log)]

    draw_until({*WANTED, *LOOKS}, shown, 2_000)


@pytest.mark.parametrize(
    ("night", "hours"),
    [("autumn", ["2024-10-27T00:", "2024-10-27T01:"]), ("spring", ["2024-03-31T00:", "2024-03-31T01:"])],
)
def test_nights_of_changed_clocks_are_drawn(night: str, hours: list[str]) -> None:
    """Sessions start in both passes of the repeated hour, and on both sides of the missing one."""

    def shown(log: Log, missing: set[str]) -> list[str]:
        sessions = read_log(log).sessions_csv("srv", "lic")
        return [hour for hour in missing if hour in sessions]

    draw_until(set(hours), shown, 240, night)
