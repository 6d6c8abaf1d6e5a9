"""The metrics of the process itself, how it comes on with its logs, its ledger and its sinks; see `metrics`."""

from __future__ import annotations

from exporter.catalog.metric import SINK, SOURCE, Metric

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
SOURCE_INFO = Metric(
    "seatwatch_source_info",
    "gauge",
    (*SOURCE, "server", "vendor"),
    "That the source tells of features of the vendor daemon, always 1; it joins what is known of sources to features.",
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
    "or ended by a reset, by a gap, by a newer start of their key (superseded), after max_session (expired) or by the "
    "shutdown of their host.",
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
    "When a database last took windows of the tier, since the start of the process; absent before it did.",
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

OWN_METRICS = (
    SOURCE_UP,
    SOURCE_CAUGHT_UP,
    SOURCE_CAUGHT_UP_TIME,
    SOURCE_INFO,
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
"""All of them, in the order of the scrape."""
