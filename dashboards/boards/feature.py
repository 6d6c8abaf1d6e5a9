"""Feature: all that is known of one feature now and lately, on the servers that are chosen."""

from __future__ import annotations

from dashboards import happenings, palette, panels, variables
from dashboards.board import Board
from dashboards.boards import outcomes
from dashboards.boards.denials import CLASS_COLOURS
from dashboards.layout import Row, row
from dashboards.looks import any_is, expiry, saturation
from dashboards.promql import buckets, chosen, increase, mean, quantile, rate, total
from dashboards.query import counts, prometheus
from dashboards.site import Site
from exporter.catalog import metrics

_WHERE = chosen("server", "vendor", "feature")
_DAEMON = chosen("server", "vendor")
_SHARE = f"{total(metrics.FEATURE_IN_USE, '', _WHERE)} / ({total(metrics.FEATURE_ISSUED, '', _WHERE)} > 0)"
_EXPIRY = f"{metrics.FEATURE_EXPIRY.name}{_WHERE}"
_UNKNOWN = "it isn't known how many seats are issued: see `capacity` in the configuration"
_NOT_SHOWN = "not shown: its log is not read to its end"


def board(site: Site) -> Board:
    """Return the board."""
    return Board(
        name="feature",
        title="Seatwatch: feature",
        description="One feature: seats in use and issued, saturation, denials, queue, sessions and users. Where it is "
        "on several of the servers that are chosen, their numbers are added up.",
        rows=(_now(site), _levels(site), _demand(site), _sessions(), _trust()),
        variables=(
            *variables.sources(),
            variables.of_servers(),
            variables.of_vendors(),
            variables.of_features(several=False),
        ),
        annotations=happenings.now(),
        timezone=site.timezone,
    )


def _now(site: Site) -> Row:
    in_use, issued = total(metrics.FEATURE_IN_USE, "", _WHERE), total(metrics.FEATURE_ISSUED, "", _WHERE)
    return row(
        "Now",
        panels.stat(
            "In use", "Seats checked out now.", prometheus(in_use, instant=True),
            unit="short", no_value=_NOT_SHOWN, width=3,
        ),
        panels.stat(
            "Issued", "Seats issued now.", prometheus(issued, instant=True),
            unit="short", no_value=_UNKNOWN, width=3,
        ),
        panels.stat(
            "Free", "Seats issued and not checked out.", prometheus(f"{issued} - {in_use}", instant=True),
            unit="short", no_value=_UNKNOWN, width=3,
            steps=((None, palette.CRITICAL), (1, palette.WARNING), (3, palette.WELL)),
        ),
        panels.stat(
            "Share in use", "Share of the issued seats that is checked out.", prometheus(_SHARE, instant=True),
            unit="percentunit", no_value=_UNKNOWN, width=3, steps=saturation(site.thresholds),
        ),
        panels.stat(
            "Waiting", "Seats that are being waited for now.",
            prometheus(total(metrics.FEATURE_QUEUED, "", _WHERE), instant=True),
            unit="short", no_value=_NOT_SHOWN, width=3, steps=any_is(palette.WARNING),
        ),
        panels.stat(
            "Users", "Distinct users with a session open now; one on two servers counts twice.",
            prometheus(total(metrics.FEATURE_USERS, "", _WHERE), instant=True),
            unit="short", no_value=_NOT_SHOWN, width=3,
        ),
        panels.stat(
            "What it is",
            "Whether it is a feature by itself, a package, or a component, which is checked out along with one.",
            prometheus(f"max by (role, product) ({metrics.FEATURE_INFO.name}{_WHERE})", "{{role}} of {{product}}",
                       instant=True),
            unit="short", no_value="nothing is known of it", width=3, text="name",
        ),
        panels.stat(
            "Expires", "Time until seats go because a licence expires, by the licence files; the earliest.",
            prometheus(f"min(({_EXPIRY} < +Inf) - time())", instant=True),
            unit="s", no_value="never, or not known", width=3, steps=expiry(site.thresholds),
        ),
    )  # fmt: skip


def _levels(site: Site) -> Row:
    return row(
        "Seats",
        panels.timeseries(
            "In use against issued",
            "Seats checked out, issued, set aside for some (reserved), waited for, and the most in use at once in each "
            "whole 5 minutes.",
            [
                prometheus(total(metrics.FEATURE_IN_USE, "", _WHERE), "in use", colour=palette.IN_USE),
                prometheus(total(metrics.FEATURE_ISSUED, "", _WHERE), "issued", colour=palette.ISSUED),
                prometheus(total(metrics.FEATURE_PEAK, "", _WHERE), "peak", colour=palette.PEAK),
                prometheus(total(metrics.FEATURE_RESERVED, "", _WHERE), "reserved", colour=palette.RESERVED),
                prometheus(total(metrics.FEATURE_QUEUED, "", _WHERE), "waited for", colour=palette.QUEUED),
            ],
            unit="short", no_value=_NOT_SHOWN, width=16, height=10, legend="table",
        ),
        panels.timeseries(
            "Share in use",
            "Share of the issued seats that is checked out; the lines across are those of the alerts.",
            [prometheus(_SHARE, "share", colour=palette.IN_USE)],
            unit="percentunit", no_value=_UNKNOWN, width=8, height=10, steps=saturation(site.thresholds),
        ),
        panels.timeseries(
            "Peak and mean",
            "Most seats at once in whole 5 minutes, and the mean of the seats in use, from the seat seconds.",
            [
                prometheus(total(metrics.FEATURE_PEAK, "", _WHERE), "peak", colour=palette.PEAK),
                prometheus(rate(metrics.SEAT_SECONDS, "", _WHERE), "mean", colour=palette.IN_USE),
            ],
            unit="short", no_value=_NOT_SHOWN, width=8,
        ),
        panels.timeseries(
            "Time with no seat free",
            "Share of the time in which every issued seat was in use, of the server where it was longest.",
            [
                prometheus(
                    f"max(rate({metrics.SATURATED_SECONDS.name}{_WHERE}[$__rate_interval]))",
                    "no seat free", colour=palette.CRITICAL,
                )
            ],
            unit="percentunit", no_value=_UNKNOWN, width=8, most=1, style="area",
        ),
        panels.timeseries(
            "By server",
            "Seats checked out of each of the servers that are chosen, one above the other; the 10 busiest.",
            [
                prometheus(
                    f"topk(10, sum by (server, vendor) ({metrics.FEATURE_IN_USE.name}{_WHERE}))",
                    "{{vendor}} · {{server}}",
                )
            ],
            unit="short", no_value=_NOT_SHOWN, width=8, stacked=True,
            colours=dict(zip((f"{f.vendor} · {f.server}" for f in site.daemons), palette.ORDER, strict=False)),
        ),
    )  # fmt: skip


def _demand(site: Site) -> Row:
    return row(
        "Denials and queue",
        panels.timeseries(
            "Denials by class",
            "Denial lines, each retry counted, by why: for want of seats (capacity), or because it is not sold here, "
            "expired, excluded, of another version.",
            [counts(increase(metrics.DENIALS, "class", _WHERE), "{{class}}")],
            unit="short", no_value="none", width=8, style="bars", stacked=True, colours=CLASS_COLOURS,
        ),
        panels.timeseries(
            "Denials, raw and effective",
            "Denial lines, and times that somebody had to wait or went without. The second counts once its outcome is "
            "known, some 20 minutes later.",
            [
                counts(increase(metrics.DENIALS, "", _WHERE), "lines", colour=palette.GREY),
                counts(increase(metrics.DENIALS_EFFECTIVE, "", _WHERE), "effective", colour=palette.CRITICAL),
            ],
            unit="short", no_value="none", width=8, style="bars",
        ),
        panels.timeseries(
            "Queue",
            "Seats that are being waited for.",
            [prometheus(total(metrics.FEATURE_QUEUED, "", _WHERE), "waited for", colour=palette.QUEUED)],
            unit="short", no_value="nobody waited", width=12,
        ),
        outcomes.over_time(site),
    )  # fmt: skip


def _sessions() -> Row:
    duration = metrics.SESSION_DURATION
    return row(
        "Sessions and users",
        panels.timeseries(
            "Users",
            "Distinct users with a session open; one on two servers counts twice.",
            [prometheus(total(metrics.FEATURE_USERS, "", _WHERE), "users", colour=palette.USERS)],
            unit="short", no_value=_NOT_SHOWN, width=8,
        ),
        panels.timeseries(
            "Check-outs and check-ins",
            "Lines of the log each second.",
            [
                prometheus(rate(metrics.CHECKOUTS, "", _WHERE), "check-outs", colour=palette.BLUE),
                prometheus(rate(metrics.CHECKINS, "", _WHERE), "check-ins", colour=palette.ORANGE),
            ],
            unit="ops", no_value="no line was read", width=8, style="line",
        ),
        panels.timeseries(
            "Session lengths",
            "How long sessions lasted that ended: mean, half of them, and 19 of 20. Of all features of the daemon.",
            [
                prometheus(mean(duration, _DAEMON), "mean", colour=palette.GREY),
                prometheus(quantile(0.5, duration, "", _DAEMON), "half", colour=palette.BLUE),
                prometheus(quantile(0.95, duration, "", _DAEMON), "19 of 20", colour=palette.ORANGE),
            ],
            unit="s", no_value="no session ended", width=8, style="line",
        ),
        panels.heatmap(
            "Session lengths, how many",
            "Sessions that ended, by how long they lasted; of all features of the daemon.",
            counts(buckets(duration, _DAEMON), "{{le}}",
                       form="heatmap"),
            unit="short", axis_unit="s", no_value="no session ended", colour=palette.BLUE, width=24, height=8,
        ),
    )  # fmt: skip


def _trust() -> Row:
    return row(
        "How far to believe it",
        panels.timeseries(
            "Suspect seats",
            "Seats in use whose check-in may be in a part of the log that was lost.",
            [prometheus(total(metrics.FEATURE_SUSPECT, "", _WHERE), "suspect", colour=palette.ORANGE)],
            unit="short", no_value=_NOT_SHOWN, width=8,
        ),
        panels.timeseries(
            "Difference to the server's own count",
            "Seats in use by the server's own count less those by its log; 0 is right. Where the server was asked.",
            [prometheus(total(metrics.FEATURE_DRIFT, "", _WHERE), "difference", colour=palette.VERMILION)],
            unit="short", no_value="the server was not asked", width=8, least=None,
        ),
        panels.timeseries(
            "Over the issued seats",
            "Share of the time in which more seats were in use than issued: `capacity` says less than is there.",
            [prometheus(rate(metrics.OVER_ISSUED_SECONDS, "", _WHERE), "over issued", colour=palette.CRITICAL)],
            unit="percentunit", no_value=_UNKNOWN, width=8,
        ),
    )  # fmt: skip
