"""Pipeline health: whether the logs are read, understood, kept and shipped."""

from __future__ import annotations

from dashboards import happenings, palette, panels, variables
from dashboards.board import Board
from dashboards.layout import Block, Row, row
from dashboards.links import to_feature
from dashboards.looks import any_is, should_be_1
from dashboards.promql import NAMED, bottom, chosen, increase, quantile, rate, top, total
from dashboards.query import counts, prometheus
from dashboards.site import Site
from exporter.catalog import metrics, own_metrics

_SOURCE = chosen("source")
_RANGE = "$__range"
_OUTCOMES = {
    "understood": palette.BLUE,
    "noise": palette.GREY,
    "unparsed": palette.VERMILION,
    "oversize": palette.PURPLE,
}
_ENDINGS = {
    "matched": palette.BLUE,
    "inferred": palette.SKY,
    "reset": palette.ORANGE,
    "gap": palette.VERMILION,
    "superseded": palette.PURPLE,
    "expired": palette.YELLOW,
    "shutdown": palette.GREY,
}
_NOT_SCRAPED = "Seatwatch is not scraped"
_NO_SINK = "no database is shipped to, or none has taken anything yet"
_MOST = 15


def board(site: Site) -> Board:
    """Return the board."""
    sources = f"label_values({own_metrics.SOURCE_UP.name}, source)"
    return Board(
        name="pipeline",
        title="Seatwatch: pipeline health",
        description="Whether the logs are read to their end, understood, kept in the ledger and shipped.",
        rows=(_now(), _reading(), _understanding(), _ledger(), _shipping()),
        variables=(*variables.sources(), variables.names("source", "Source", sources, of="prometheus")),
        annotations=happenings.of_logs(),
        timezone=site.timezone,
    )


def _now() -> Row:
    unparsed = increase(own_metrics.LOG_LINES, "", chosen("source", also='outcome=~"unparsed|oversize"'), _RANGE)
    return row(
        "Now",
        panels.stat(
            "Sources up", "Sources of which every log can be read.",
            prometheus(total(own_metrics.SOURCE_UP, "", _SOURCE), instant=True), unit="short", no_value=_NOT_SCRAPED,
        ),
        panels.stat(
            "Sources down", "Sources with a log that can't be read.",
            prometheus(f"count({own_metrics.SOURCE_UP.name}{_SOURCE} == 0) or vector(0)", instant=True),
            unit="short", no_value="no answer", steps=any_is(palette.CRITICAL),
        ),
        panels.stat(
            "Lines not understood", "Lines that no rule knows, or that are too long, in the time shown.",
            prometheus(f"{unparsed} or vector(0)", instant=True), unit="short", no_value="no answer", decimals=0,
            steps=any_is(palette.WARNING),
        ),
        panels.stat(
            "Gaps", "Pieces of logs that were lost before they could be read, ever since the ledger was begun.",
            prometheus(f"{total(own_metrics.GAPS, '', _SOURCE)} or vector(0)", instant=True),
            unit="short", no_value="no answer", steps=any_is(palette.WARNING),
        ),
        panels.stat(
            "Configuration", "Whether it was free of faults when it was last read; else the one before is used.",
            prometheus(f"min({own_metrics.CONFIG_RELOADED.name})", instant=True), unit="short",
            no_value=_NOT_SCRAPED, steps=should_be_1(), texts={"0": "faulty", "1": "in use"},
        ),
        panels.stat(
            "Version", "The versions of Seatwatch that run.",
            prometheus(f"count by (version) ({own_metrics.BUILD_INFO.name})", "{{version}}", instant=True),
            unit="short", no_value=_NOT_SCRAPED, text="name",
        ),
    )  # fmt: skip


def _reading() -> Row:
    caught_up = f"time() - {own_metrics.SOURCE_CAUGHT_UP_TIME.name}{_SOURCE}"
    return row(
        "Reading",
        panels.timeseries(
            "Lines", "Lines read each second by what they are.",
            [prometheus(rate(own_metrics.LOG_LINES, "outcome", _SOURCE), "{{outcome}}")],
            unit="ops", no_value="no line was read", width=8, style="line", stacked=True, colours=_OUTCOMES,
        ),
        panels.timeseries(
            "Not read yet", f"Bytes of logs that have not been read yet, of the {_MOST} sources with the most.",
            [prometheus(top(_MOST, f"{own_metrics.LOG_LAG.name}{_SOURCE}"), "{{source}}")],
            unit="bytes", no_value=_NOT_SCRAPED, width=8,
        ),
        panels.state_timeline(
            "At their end", "Whether every log of a source has been read to its end; of at most 40 sources.",
            [prometheus(bottom(40, f"{own_metrics.SOURCE_CAUGHT_UP.name}{_SOURCE}"), "{{source}}")],
            unit="short", no_value=_NOT_SCRAPED, width=8, steps=should_be_1(palette.WARNING),
            texts={"0": "catching up", "1": "at its end"},
        ),
        panels.state_timeline(
            "Readable", "Whether every log of a source can be read; of at most 40 sources.",
            [prometheus(bottom(40, f"{own_metrics.SOURCE_UP.name}{_SOURCE}"), "{{source}}")],
            unit="short", no_value=_NOT_SCRAPED, width=8, steps=should_be_1(), texts={"0": "not", "1": "readable"},
        ),
        panels.bar_gauge(
            "At their end since", f"For how long each source has been read to its end; the {_MOST} newest to be.",
            prometheus(bottom(_MOST, caught_up), "{{source}}", instant=True),
            unit="s", no_value="no source is at its end", width=8, height=8, steps=((None, palette.BLUE),),
        ),
        panels.state_timeline(
            "Writes to a rotated file",
            "Whether the writer of a log goes on in a file that was rotated or deleted: it has to be told.",
            [prometheus(top(40, f"{own_metrics.WRITER_ON_ROTATED.name}{_SOURCE}"), "{{source}}")],
            unit="short", no_value=_NOT_SCRAPED, width=8, steps=any_is(palette.CRITICAL),
            texts={"0": "no", "1": "yes"},
        ),
        _sources(),
    )  # fmt: skip


def _sources() -> Block:
    return panels.table(
        "Sources and daemons",
        "Which server and vendor daemon each source tells of; at most 50.",
        [prometheus(top(50, f"{own_metrics.SOURCE_INFO.name}{_SOURCE}"), form="table", instant=True)],
        unit="short", no_value="no source tells of a feature yet", width=24, height=6, sort="source", descending=False,
        columns={name: name for name in ("source", "vendor", "server")},
    )  # fmt: skip


def _understanding() -> Row:
    lines = own_metrics.LOG_LINES
    unread = rate(lines, "source", chosen("source", also='outcome=~"unparsed|oversize"'))
    over = f"increase({metrics.OVER_ISSUED_SECONDS.name}[{_RANGE}]) > 0"

    def counted(title: str, description: str, text: str, colour: str) -> Block:
        return panels.bar_gauge(
            title, f"{description} The {_MOST} sources with the most.",
            prometheus(top(_MOST, f"{text} > 0"), "{{source}}", instant=True),
            unit="short", no_value="none", width=6, height=7, steps=((None, colour),),
        )  # fmt: skip

    return row(
        "Understanding",
        panels.timeseries(
            "Share not understood", "Share of the lines that no rule knows or that are too long, by source.",
            [prometheus(top(_MOST, f"{unread} / ({rate(lines, 'source', _SOURCE)} > 0)"), "{{source}}")],
            unit="percentunit", no_value="no line was read", width=8, style="line",
        ),
        panels.timeseries(
            "Sessions by how they were paired",
            "Sessions that ended: by their check-in (matched), begun before the log (inferred), or by something else.",
            [counts(increase(own_metrics.SESSIONS, "outcome", _SOURCE), "{{outcome}}")],
            unit="short", no_value="no session ended", width=8, style="bars", stacked=True, colours=_ENDINGS,
        ),
        panels.bar_gauge(
            "Over the issued seats",
            f"How long more seats were in use than issued, in the time shown: capacity is wrong. The {_MOST} worst.",
            prometheus(top(_MOST, over), NAMED, instant=True),
            unit="s", no_value="never", width=8, height=8, steps=((None, palette.CRITICAL),), links=[to_feature()],
        ),
        counted("Gaps", "Pieces of logs that were lost, ever since the ledger was begun.",
                total(own_metrics.GAPS, "source, reason", _SOURCE), palette.WARNING),
        counted("Check-ins without check-out", "In the time shown.",
                increase(own_metrics.SESSIONS_UNMATCHED, "source", _SOURCE, _RANGE), palette.WARNING),
        counted("Times not believed", "Lines whose time could not be true, in the time shown.",
                increase(own_metrics.TIMES_REFUSED, "source", _SOURCE, _RANGE), palette.WARNING),
        counted("Too late for their window", "Facts read after those of their time had gone, in the time shown.",
                increase(own_metrics.LATE_FACTS, "source", _SOURCE, _RANGE), palette.WARNING),
        panels.state_timeline(
            "Ends missing", "Whether a daemon writes no check-ins: its levels are not known then, and not shown.",
            [prometheus(top(40, f"{own_metrics.STOPLESS.name}{_SOURCE}"), "{{vendor}} · {{source}}")],
            unit="short", no_value="no daemon was judged", steps=any_is(palette.CRITICAL),
            texts={"0": "no", "1": "yes"},
        ),
        panels.bar_gauge(
            "Features not shown", f"Those beyond `limits.features`, the least busy; the {_MOST} sources with most.",
            prometheus(top(_MOST, f"{own_metrics.FEATURES_DROPPED.name}{_SOURCE}"), "{{source}}", instant=True),
            unit="short", no_value=_NOT_SCRAPED, height=8, steps=any_is(palette.WARNING),
        ),
    )  # fmt: skip


def _ledger() -> Row:
    commit = own_metrics.COMMIT_DURATION
    return row(
        "Ledger",
        panels.timeseries(
            "Commit time", "How long commits to the ledger took: half of them, and 99 of 100.",
            [
                prometheus(quantile(0.5, commit), "half", colour=palette.BLUE),
                prometheus(quantile(0.99, commit), "99 of 100", colour=palette.ORANGE),
            ],
            unit="s", no_value="nothing was committed", width=6, style="line",
        ),
        panels.timeseries(
            "Failed commits",
            "Commits that failed: nothing is lost, for they are tried again. Mostly it is that the disk is full.",
            [counts(increase(own_metrics.LEDGER_ERRORS), "failed", colour=palette.CRITICAL)],
            unit="short", no_value=_NOT_SCRAPED, width=6, style="bars",
        ),
        panels.timeseries(
            "Size", "Size of the ledger and its write-ahead log.",
            [prometheus(top(5, own_metrics.LEDGER_SIZE.name), "{{instance}}")],
            unit="bytes", no_value=_NOT_SCRAPED, width=6, style="line",
        ),
        panels.timeseries(
            "Space left", "Space left on the disk that holds the ledger.",
            [prometheus(bottom(5, own_metrics.LEDGER_DISK_FREE.name), "{{instance}}")],
            unit="bytes", no_value=_NOT_SCRAPED, width=6, style="line",
        ),
    )  # fmt: skip


def _shipping() -> Row:
    sink = "{{sink}} · {{tier}}"
    success, newest = own_metrics.SINK_LAST_SUCCESS.name, own_metrics.SINK_NEWEST.name
    return row(
        "Sinks",
        panels.timeseries(
            "Windows that wait", "Windows that wait to be sent, by database and tier.",
            [prometheus(top(_MOST, own_metrics.SINK_PENDING.name), sink)],
            unit="short", no_value=_NO_SINK, width=8,
        ),
        panels.timeseries(
            "Since the last success", "Time since a database last took windows of a tier.",
            [prometheus(top(_MOST, f"time() - {success}"), sink)],
            unit="s", no_value=_NO_SINK, width=8, style="line",
        ),
        panels.timeseries(
            "Age of the newest window", "Time since the start of the newest window that a database has taken.",
            [prometheus(top(_MOST, f"time() - {newest}"), sink)],
            unit="s", no_value=_NO_SINK, width=8, style="line",
        ),
        panels.timeseries(
            "Failures", "Attempts to send that failed: nothing is lost, it is sent later.",
            [counts(top(_MOST, increase(own_metrics.SINK_ERRORS, "sink, tier")), sink)],
            unit="short", no_value=_NO_SINK, width=12, style="bars",
        ),
        panels.timeseries(
            "Windows not sent", "Windows older than their tier is kept (retention), or refused by the database.",
            [counts(top(_MOST, increase(own_metrics.SINK_SKIPPED, "sink, tier, reason")), sink + " · {{reason}}")],
            unit="short", no_value=_NO_SINK, width=12, style="bars",
        ),
    )  # fmt: skip
