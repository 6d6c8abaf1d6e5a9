"""
Every metric that Prometheus is shown, named once: name, kind, labels, help.

Names are exactly those of the scrape, counters with their ``_total``. A metric is a constant here and a line of
`METRICS`; nothing else in the project writes its name down. Users are never a label.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Kind = Literal["gauge", "counter", "histogram"]


class Metric(NamedTuple):
    """One metric; *labels* are in the order in which their values are given."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str


FEATURE = ("server", "vendor", "feature")
DAEMON = ("server", "vendor")
SOURCE = ("source",)
PRODUCT = ("product",)
SINK = ("sink", "tier")

FEATURE_IN_USE = Metric("licence_feature_in_use", "gauge", FEATURE, "Seats checked out now.")
FEATURE_ISSUED = Metric(
    "licence_feature_issued", "gauge", FEATURE, "Seats issued now, by the configuration; absent while unknown."
)
FEATURE_PEAK = Metric(
    "licence_feature_in_use_peak",
    "gauge",
    FEATURE,
    "Most seats checked out at once in the last whole 5 minutes of the clock (00:00 to 00:05 and so on), as it was "
    "seen then; seats held for an instant only count. Absent where the feature was not shown all the while.",
)
FEATURE_QUEUED = Metric("licence_feature_queued", "gauge", FEATURE, "Seats that are being waited for now.")
FEATURE_USERS = Metric(
    "licence_feature_users", "gauge", FEATURE, "Distinct users who have a session open now, upper and lower case alike."
)
FEATURE_SUSPECT = Metric(
    "licence_feature_suspect_seats",
    "gauge",
    FEATURE,
    "Seats in use now whose check-in may be in a part of the log that was lost.",
)
FEATURE_DRIFT = Metric(
    "licence_feature_drift_seats",
    "gauge",
    FEATURE,
    "Seats in use by the server's own count less seats in use by the log; 0 is right.",
)
FEATURE_INFO = Metric(
    "licence_feature_info",
    "gauge",
    (*FEATURE, "product", "role", "counted"),
    "What the feature is, always 1: the product it belongs to, whether it is plain, a package or a component of one, "
    "and whether it counts (a component is checked out along with its package, and does not).",
)
PRODUCT_IN_USE = Metric(
    "licence_product_in_use",
    "gauge",
    PRODUCT,
    "Seats checked out now of all features that count in the product; absent while one of them is not shown.",
)
PRODUCT_ISSUED = Metric(
    "licence_product_issued",
    "gauge",
    PRODUCT,
    "Seats issued now of all features that count in the product; absent while those of one are unknown.",
)
PRODUCT_PEAK = Metric(
    "licence_product_in_use_peak",
    "gauge",
    PRODUCT,
    "Most seats of the product checked out at once in the last whole 5 minutes of the clock, as it was seen then.",
)
SERVER_UP = Metric(
    "licence_server_up",
    "gauge",
    DAEMON,
    "Whether the vendor daemon runs, by its log: 0 after its exit, and when the log has been silent for too long.",
)
SERVER_LAST_EVENT = Metric(
    "licence_server_last_event_timestamp_seconds",
    "gauge",
    DAEMON,
    "Time of the newest line of the vendor daemon, by its log.",
)
CHECKOUTS = Metric("licence_checkouts_total", "counter", FEATURE, "Check-out lines read.")
CHECKINS = Metric("licence_checkins_total", "counter", FEATURE, "Check-in lines read.")
DENIALS = Metric(
    "licence_denials_total",
    "counter",
    (*FEATURE, "class"),
    "Denial lines read, each retry counted, by why it was denied.",
)
DENIALS_EFFECTIVE = Metric(
    "licence_denials_effective_total",
    "counter",
    FEATURE,
    "Times that somebody had to wait or went without: runs of retries for want of seats, each counted once it is over.",
)
SEAT_SECONDS = Metric(
    "licence_seat_seconds_total",
    "counter",
    FEATURE,
    "Seats in use by the time they were shown, since the start of the process: its rate is the mean of seats in use.",
)
SATURATED_SECONDS = Metric(
    "licence_saturated_seconds_total",
    "counter",
    FEATURE,
    "Time for which all issued seats were shown to be in use, since the start of the process.",
)
OVER_ISSUED_SECONDS = Metric(
    "licence_over_issued_seconds_total",
    "counter",
    FEATURE,
    "Time for which more seats were shown to be in use than are issued, since the start of the process.",
)
SESSION_DURATION = Metric(
    "licence_session_duration_seconds",
    "histogram",
    DAEMON,
    "How long sessions lasted, of those whose check-out and check-in were read.",
)
QUEUE_WAIT = Metric(
    "licence_queue_wait_seconds",
    "histogram",
    (*DAEMON, "outcome"),
    "How long waits in the queue lasted, by how they ended: granted, given_up, or reset with the daemon.",
)

LOG_LINES = Metric(
    "seatwatch_log_lines_total",
    "counter",
    (*SOURCE, "outcome"),
    "Log lines read: understood, noise (known to say nothing about use), unparsed, or oversize (passed over).",
)
LOG_LAG = Metric("seatwatch_log_lag_bytes", "gauge", SOURCE, "Bytes of the source's logs that have not been read yet.")
WRITER_ON_ROTATED = Metric(
    "seatwatch_writer_on_rotated_file",
    "gauge",
    SOURCE,
    "Whether the writer of one of the source's logs still writes to a rotated or deleted file.",
)
FEATURES_DROPPED = Metric(
    "seatwatch_features_dropped",
    "gauge",
    SOURCE,
    "Features of the source that are not shown, because it has more than limits.features: the least busy ones.",
)
SOURCE_UP = Metric("seatwatch_source_up", "gauge", SOURCE, "Whether every log of the source can be read.")
SOURCE_CAUGHT_UP = Metric(
    "seatwatch_source_caught_up", "gauge", SOURCE, "Whether every log of the source has been read to its end."
)
SOURCE_CAUGHT_UP_TIME = Metric(
    "seatwatch_source_caught_up_timestamp_seconds",
    "gauge",
    SOURCE,
    "Time since which every log of the source has been read to its end; absent while one has not.",
)
GAPS = Metric(
    "seatwatch_gaps_total", "counter", (*SOURCE, "reason"), "Pieces of logs that were lost before they could be read."
)
SESSIONS_UNMATCHED = Metric(
    "seatwatch_sessions_unmatched_total", "counter", SOURCE, "Check-ins for which no check-out was seen."
)
SESSIONS = Metric(
    "seatwatch_sessions_total",
    "counter",
    (*SOURCE, "outcome"),
    "Sessions by how they were paired: matched, inferred (the check-out came before the log), "
    "or ended by a reset, by a gap, by a newer start of their key (superseded) or after max_session (expired).",
)
STOPLESS = Metric(
    "seatwatch_stopless",
    "gauge",
    (*SOURCE, "vendor"),
    "Whether the vendor daemon writes no check-ins: its levels are not known then, and not shown.",
)
TIMES_REFUSED = Metric(
    "seatwatch_times_refused_total", "counter", SOURCE, "Lines whose time could not be true and was not believed."
)
LATE_FACTS = Metric(
    "seatwatch_late_facts_total",
    "counter",
    SOURCE,
    "Sessions, waits, denials and check-ins that were read after the facts of their time had gone: "
    "no window shows them.",
)

LEDGER_ERRORS = Metric("seatwatch_ledger_errors_total", "counter", (), "Commits to the ledger that failed.")
LEDGER_SIZE = Metric("seatwatch_ledger_size_bytes", "gauge", (), "Size of the ledger and its write-ahead log.")
LEDGER_DISK_FREE = Metric(
    "seatwatch_ledger_disk_free_bytes", "gauge", (), "Space left on the disk that holds the ledger."
)
COMMIT_DURATION = Metric(
    "seatwatch_commit_duration_seconds", "histogram", (), "Time that successful commits to the ledger took."
)
SINK_LAST_SUCCESS = Metric(
    "seatwatch_sink_last_success_timestamp_seconds",
    "gauge",
    SINK,
    "When a database last took windows of the tier; absent before it did.",
)
SINK_NEWEST = Metric(
    "seatwatch_sink_newest_point_timestamp_seconds",
    "gauge",
    SINK,
    "Start of the newest window of the tier that a database has taken since the start of the process.",
)
SINK_PENDING = Metric(
    "seatwatch_sink_pending_rows", "gauge", SINK, "Windows that wait to be sent, about; fewer where logs have holes."
)
SINK_ERRORS = Metric("seatwatch_sink_errors_total", "counter", SINK, "Attempts to send that failed.")
SINK_SKIPPED = Metric(
    "seatwatch_sink_skipped_rows_total",
    "counter",
    (*SINK, "reason"),
    "Windows not sent: older than the tier is kept (retention), or not taken by the database (refused).",
)
CONFIG_RELOADED = Metric(
    "seatwatch_config_last_reload_successful",
    "gauge",
    (),
    "Whether the configuration was free of faults when it was last read; if not, the one before is still in use.",
)
BUILD_INFO = Metric("seatwatch_build_info", "gauge", ("version",), "Version of Seatwatch that is running, always 1.")


def unique(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """Return *metrics* as they are; raise ValueError when two have one name."""
    names = set[str]()
    listed = tuple(metrics)
    for metric in listed:
        if metric.name in names:
            raise ValueError(f"The catalog names the metric {metric.name} twice; rename one of the two.")
        names.add(metric.name)
    return listed


METRICS = unique(
    (
        FEATURE_IN_USE,
        FEATURE_ISSUED,
        FEATURE_PEAK,
        FEATURE_QUEUED,
        FEATURE_USERS,
        FEATURE_SUSPECT,
        FEATURE_DRIFT,
        FEATURE_INFO,
        PRODUCT_IN_USE,
        PRODUCT_ISSUED,
        PRODUCT_PEAK,
        CHECKOUTS,
        CHECKINS,
        DENIALS,
        DENIALS_EFFECTIVE,
        SEAT_SECONDS,
        SATURATED_SECONDS,
        OVER_ISSUED_SECONDS,
        SERVER_UP,
        SERVER_LAST_EVENT,
        SESSION_DURATION,
        QUEUE_WAIT,
        SOURCE_UP,
        SOURCE_CAUGHT_UP,
        SOURCE_CAUGHT_UP_TIME,
        LOG_LAG,
        WRITER_ON_ROTATED,
        FEATURES_DROPPED,
        LOG_LINES,
        TIMES_REFUSED,
        LATE_FACTS,
        GAPS,
        SESSIONS,
        SESSIONS_UNMATCHED,
        STOPLESS,
        LEDGER_ERRORS,
        LEDGER_SIZE,
        LEDGER_DISK_FREE,
        COMMIT_DURATION,
        SINK_LAST_SUCCESS,
        SINK_NEWEST,
        SINK_PENDING,
        SINK_ERRORS,
        SINK_SKIPPED,
        CONFIG_RELOADED,
        BUILD_INFO,
    )
)
"""All of them, in the order of the scrape."""
