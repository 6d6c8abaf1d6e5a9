"""
Every metric that Prometheus is shown, named once: name, kind, labels, help.

Names are exactly those of the scrape, counters with their ``_total``. A metric is a constant, here or in `own_metrics`,
and a line of `METRICS`; nothing else in the project writes its name down. Users are never a label.
"""

from __future__ import annotations

from exporter.catalog.metric import DAEMON, FEATURE, PRODUCT, Metric, unique
from exporter.catalog.own_metrics import OWN_METRICS

FEATURE_IN_USE = Metric("licence_feature_in_use", "gauge", FEATURE, "Seats checked out now.")
FEATURE_ISSUED = Metric(
    "licence_feature_issued",
    "gauge",
    FEATURE,
    "Seats issued now, by the configuration or the licence files; absent while unknown.",
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
FEATURE_RESERVED = Metric(
    "licence_feature_reserved",
    "gauge",
    FEATURE,
    "Seats set aside for some by RESERVE in an options file: they are issued, and all others go without them. Absent "
    "where nothing is reserved.",
)
FEATURE_DRIFT = Metric(
    "licence_feature_drift_seats",
    "gauge",
    FEATURE,
    "Seats in use by the server's own count less seats in use by the log; 0 is right.",
)
FEATURE_EXPIRY = Metric(
    "licence_feature_expiry_timestamp_seconds",
    "gauge",
    FEATURE,
    "When seats of the feature go next because a licence expires, by the licence files; of one that has expired, when "
    "the last went. +Inf: never. A licence that another replaces in time does not count.",
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
USES = Metric(
    "licence_uses_total",
    "counter",
    DAEMON,
    "Modules that were loaded, by cluster, and whatever else is used at an instant and never given back.",
)

_TRANSFERS = ("machine", "direction", "client")
TRANSFER_FILES = Metric(
    "transfer_files_total", "counter", _TRANSFERS, "Files received (rx) from a source, or sent (tx) to a client."
)
TRANSFER_BYTES = Metric("transfer_bytes_total", "counter", _TRANSFERS, "Bytes of the files received or sent.")
TRANSFER_ERRORS = Metric("transfer_errors_total", "counter", _TRANSFERS, "Lines of errors of a source or a client.")
TRANSFER_LATE_FILES = Metric(
    "transfer_late_files_total", "counter", _TRANSFERS, "Files that took longer than the source's max_latency."
)
TRANSFER_LATENCY = Metric(
    "transfer_latency_seconds",
    "histogram",
    ("machine", "direction"),
    "How long files took from their reception to their departure, in whole seconds.",
)

METRICS = unique(
    (
        FEATURE_IN_USE,
        FEATURE_ISSUED,
        FEATURE_PEAK,
        FEATURE_QUEUED,
        FEATURE_USERS,
        FEATURE_SUSPECT,
        FEATURE_RESERVED,
        FEATURE_DRIFT,
        FEATURE_EXPIRY,
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
        USES,
        TRANSFER_FILES,
        TRANSFER_BYTES,
        TRANSFER_ERRORS,
        TRANSFER_LATE_FILES,
        TRANSFER_LATENCY,
        *OWN_METRICS,
    )
)
"""All of them, in the order of the scrape."""
