"""
What each alert asks of Prometheus, in PromQL. Pure.

What is shown of a feature is absent while its log is read to its end, so that alerts about levels need not wait for
that. Counters are absent too, and have jumped when they come back: who looks back over a window waits until its
sources have been at their ends for as long (`_catching_up`). A source and its features are joined by `SOURCE_INFO`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from exporter.alerting.promql import by, duration, on, selector
from exporter.alerting.resolving import Resolved
from exporter.catalog import metrics as known
from exporter.catalog import own_metrics as own
from exporter.catalog.alerts import DAY, NO_NEWS, Alert
from exporter.catalog.metric import DAEMON, SINK, SOURCE, Metric

Match = Mapping[str, str]
_NOT_READ = 'outcome=~"unparsed|oversize"'
_REMEMBERED = 7 * DAY
"""How far back it is looked how many gaps were known: for as long Prometheus or Seatwatch may have been away."""


class Condition(NamedTuple):
    """What is measured, and what has to be so."""

    value: Callable[[Match, Resolved], str]
    """Measures those that match."""
    holds: Callable[[Resolved], str]
    """Behind the value."""


def expression(alert: Alert, match: Match, others: Sequence[Match], resolved: Resolved) -> str:
    """Return the expression of an alert for whom *match* names, but for whom *others* name."""
    condition = CONDITIONS[alert.name]
    value = condition.value(match, resolved)
    without = "".join(f"\nunless {on(alert.labels)} ({condition.value(other, resolved)})" for other in others)
    bare = not without and " " not in value
    return f"{value if bare else f'({value}{without})'} {condition.holds(resolved)}"


def _plain(metric: Metric) -> Callable[[Match, Resolved], str]:
    return lambda match, _: selector(metric.name, match)


def _at_least(resolved: Resolved) -> str:
    return f">= {resolved.threshold}"


def _is(number: int) -> Callable[[Resolved], str]:
    return lambda _: f"== {number}"


def _share_of(in_use: Metric, issued: Metric) -> Condition:
    return Condition(
        lambda match, _: f"100 * {selector(in_use.name, match)} / ({selector(issued.name, match)} > 0)", _at_least
    )


def _all_of(in_use: Metric, issued: Metric) -> Condition:
    return Condition(_plain(in_use), lambda _: f">= ({issued.name} > 0)")


def _catching_up(window: int = 0) -> str:
    """Return the sources that are being read to their ends, or are there for less than *window* seconds."""
    reading = f"{own.SOURCE_CAUGHT_UP.name} == 0 and {own.SOURCE_UP.name} == 1"
    return f"{reading} or time() - {own.SOURCE_CAUGHT_UP_TIME.name} < {window}" if window else reading


def _daemons_of(sources: str) -> str:
    """Return the same for each vendor daemon that the sources tell of."""
    return f"({sources}) * {on(SOURCE)} group_right {own.SOURCE_INFO.name}"


def _not_understood(match: Match, resolved: Resolved) -> str:
    def lines(*more: str) -> str:
        read = selector(own.LOG_LINES.name, match, *more)
        return f"sum {by(SOURCE)} (increase({read}[{duration(resolved.window)}]))"

    return f"100 * {lines(_NOT_READ)} / {lines()}"


def _gaps(match: Match, resolved: Resolved) -> str:
    """Return gaps that weren't known before the window; a first one has no number before it."""
    gaps = selector(own.GAPS.name, match)
    before = f"max_over_time({gaps}[{duration(_REMEMBERED)}] offset {duration(resolved.window)})"
    return f"{gaps} - {before} or {gaps} unless {before}"


def _had_been_read(resolved: Resolved) -> str:
    """Return that there are gaps of a source that had been read before: what a first reading finds is no news."""
    caught_up = f"{own.SOURCE_CAUGHT_UP.name}[{duration(_REMEMBERED)}] offset {duration(resolved.window)}"
    return f"> 0 and {on(SOURCE)} max_over_time({caught_up}) == 1"


def _stale(_: Resolved) -> str:
    """Return the daemons of logs that are well and at their ends, of which nothing is shown nevertheless."""
    return "\n".join(
        (
            f"and {on(DAEMON)} (",
            f"{own.SOURCE_INFO.name}",
            f"and {on(SOURCE)} {own.SOURCE_UP.name} == 1",
            f"and {on(SOURCE)} {own.SOURCE_CAUGHT_UP.name} == 1",
            f"unless {on(SOURCE)} {own.FEATURES_DROPPED.name} > 0",
            f"unless {on(DAEMON)} {known.FEATURE_USERS.name})",
        )
    )


def _not_taken(resolved: Resolved) -> str:
    return f"> 0 unless {on(SINK)} time() - {own.SINK_LAST_SUCCESS.name} < {resolved.threshold}"


def _seconds_left(match: Match, resolved: Resolved) -> str:
    free = selector(own.LEDGER_DISK_FREE.name, match)
    return f"{free} / -(deriv({free}[{duration(resolved.window)}]) < 0)"


CONDITIONS: Mapping[str, Condition] = {
    "LicenceSaturated": _share_of(known.FEATURE_IN_USE, known.FEATURE_ISSUED),
    "LicenceProductSaturated": _share_of(known.PRODUCT_IN_USE, known.PRODUCT_ISSUED),
    "LicenceExhausted": _all_of(known.FEATURE_IN_USE, known.FEATURE_ISSUED),
    "LicenceProductExhausted": _all_of(known.PRODUCT_IN_USE, known.PRODUCT_ISSUED),
    "LicenceDenied": Condition(
        lambda match, resolved: (
            f"increase({selector(known.DENIALS_EFFECTIVE.name, match)}[{duration(resolved.window)}])"
        ),
        lambda resolved: f"{_at_least(resolved)}\nunless {on(DAEMON)} {_daemons_of(_catching_up(resolved.window))}",
    ),
    **dict.fromkeys(
        ("LicenceExpires", "LicenceExpiresSoon"),
        Condition(
            lambda match, _: f"{selector(known.FEATURE_EXPIRY.name, match)} - time()",
            lambda resolved: f"< {resolved.threshold} > -{NO_NEWS}",
        ),
    ),
    "LicenceServerDown": Condition(
        _plain(known.SERVER_UP), lambda _: f"== 0\nunless {on(DAEMON)} {_daemons_of(_catching_up())}"
    ),
    "LicenceOverIssued": Condition(
        lambda match, _: f"{selector(known.FEATURE_IN_USE.name, match)} - {selector(known.FEATURE_ISSUED.name, match)}",
        _at_least,
    ),
    "LicenceDrift": Condition(lambda match, _: f"abs({selector(known.FEATURE_DRIFT.name, match)})", _at_least),
    "LicenceLogStale": Condition(lambda match, _: f"time() - {selector(known.SERVER_LAST_EVENT.name, match)}", _stale),
    "LicenceLogUnreadable": Condition(_plain(own.SOURCE_UP), _is(0)),
    "LicenceLogBehind": Condition(_plain(own.LOG_LAG), lambda _: f"and {on(SOURCE)} ({_catching_up()})"),
    "LicenceLogNotUnderstood": Condition(
        _not_understood,
        lambda resolved: f"{_at_least(resolved)}\nunless {on(SOURCE)} ({_catching_up(resolved.window)})",
    ),
    "LicenceEndsMissing": Condition(_plain(own.STOPLESS), _is(1)),
    "LicenceLogGap": Condition(_gaps, _had_been_read),
    "LicenceLogRotatedWrongly": Condition(_plain(own.WRITER_ON_ROTATED), _is(1)),
    "SeatwatchSinkBehind": Condition(_plain(own.SINK_PENDING), _not_taken),
    "SeatwatchLedgerDiskFull": Condition(
        _seconds_left,
        lambda resolved: f"< {resolved.threshold}\nunless {on(())} ({_catching_up(resolved.window)})",
    ),
    "SeatwatchLedgerFailing": Condition(
        lambda match, resolved: f"increase({selector(own.LEDGER_ERRORS.name, match)}[{duration(resolved.window)}])",
        lambda _: "> 0",
    ),
    "SeatwatchConfigRefused": Condition(_plain(own.CONFIG_RELOADED), _is(0)),
    "SeatwatchAbsent": Condition(
        lambda _, resolved: selector("up", {"job": resolved.job}),
        lambda resolved: f"== 0 or absent({selector('up', {'job': resolved.job})})",
    ),
}
"""By the names of the alerts."""
