"""
Every alert, named once: what it is about, its defaults, what it tells, and what to do then.

`exporter.alerting` makes rules of them, and `docs/alerts.md` has them all. In *tells*, ``{feature}`` and the like stand
for labels of the alert, ``{value}`` for what was measured, ``{threshold}`` and ``{window}`` for what is configured.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from exporter.catalog.metric import DAEMON, FEATURE, PRODUCT, SINK, SOURCE
from exporter.tuning import Severity

Unit = Literal["percent", "count", "duration"]
Board = Literal["seatwatch-overview", "seatwatch-feature", "seatwatch-denials", "seatwatch-pipeline"]
MINUTE, HOUR, DAY = 60, 3600, 86400
NO_NEWS = 30 * DAY
"""Seconds since a licence ended: many files keep lines of what nobody has renewed for years."""


class Threshold(NamedTuple):
    """What a value is compared with."""

    unit: Unit
    """Durations are in seconds."""
    default: int
    what: str
    """Behind the number, in a table: `% of the seats`."""


class Alert(NamedTuple):
    """One alert."""

    key: str
    """In the configuration; a feature and a product may share one."""
    name: str
    """In Prometheus."""
    labels: tuple[str, ...]
    """What one is told apart from the next by."""
    when: str
    """What has to be so, in a table."""
    hold: int
    """Seconds that it has to last, by default."""
    severity: Severity
    board: Board
    tells: str
    """What happened: a sentence."""
    advice: str
    """What to do: sentences."""
    threshold: Threshold | None = None
    window: int | None = None
    """Seconds that it looks back, by default; None: it doesn't."""
    shown: Literal["number", "duration", "bytes", "end"] = "number"
    """How the value is printed."""


_SATURATED = Threshold("percent", 90, "% of the seats")
_MORE_SEATS = (
    "See who has seats with `seatwatch who`, and whether it is so every day on the board. Lasting shortage is solved "
    "by more seats, by time-outs in the options file, or by sessions that end overnight."
)
_RENEW = "Renew it in time: get the new licence file from the vendor, install it, and have the server reread it."
_OF_FEATURE = "{feature} ({vendor} on {server})"

LICENCE_ALERTS = (
    Alert(
        "saturated", "LicenceSaturated", FEATURE, "seats in use reach the threshold", 10 * MINUTE, "warning",
        "seatwatch-feature", f"{{value}} % of the seats of {_OF_FEATURE} are in use.", _MORE_SEATS, _SATURATED,
    ),
    Alert(
        "saturated", "LicenceProductSaturated", PRODUCT, "seats in use of a product reach the threshold", 10 * MINUTE,
        "warning", "seatwatch-overview", "{value} % of the seats of the product {product} are in use.", _MORE_SEATS,
        _SATURATED,
    ),
    Alert(
        "exhausted", "LicenceExhausted", FEATURE, "every seat is in use", 5 * MINUTE, "critical", "seatwatch-feature",
        f"All seats of {_OF_FEATURE} are in use, {{value}} in all: who asks for one now is denied or waits.",
        _MORE_SEATS,
    ),
    Alert(
        "exhausted", "LicenceProductExhausted", PRODUCT, "every seat of a product is in use", 5 * MINUTE, "critical",
        "seatwatch-overview",
        "All seats of the product {product} are in use, {value} in all: who asks for one now is denied or waits.",
        _MORE_SEATS,
    ),
    Alert(
        "denied", "LicenceDenied", FEATURE, "so many times somebody had to wait or went without", 0, "warning",
        "seatwatch-denials",
        f"{{value}} times in {{window}} somebody had to wait for {_OF_FEATURE} or went without.",
        "`seatwatch export denials` tells who and when. " + _MORE_SEATS,
        Threshold("count", 5, "times"), HOUR,
    ),
    Alert(
        "expires", "LicenceExpires", FEATURE, "the licence ends so soon, or has ended in the last 30 days", 0,
        "warning", "seatwatch-feature", f"The licence of {_OF_FEATURE} {{value}}.", _RENEW,
        Threshold("duration", 30 * DAY, "left"), shown="end",
    ),
    Alert(
        "expires_soon", "LicenceExpiresSoon", FEATURE, "the same, and it is urgent", 0, "critical",
        "seatwatch-feature", f"The licence of {_OF_FEATURE} {{value}}.", _RENEW,
        Threshold("duration", 7 * DAY, "left"), shown="end",
    ),
    Alert(
        "server_down", "LicenceServerDown", DAEMON, "the vendor daemon does not run, by its log", 5 * MINUTE,
        "critical", "seatwatch-pipeline",
        "The vendor daemon {vendor} on {server} does not run, by its log: it has ended, or its log has gone silent.",
        "Look on the licence server whether lmgrd and the daemon run and start them; the end of the log tells why they "
        "ended. If they do run, their log does not come through: see how it is brought here.",
    ),
    Alert(
        "over_issued", "LicenceOverIssued", FEATURE, "so many seats more are in use than are issued", 15 * MINUTE,
        "info", "seatwatch-feature", f"{{value}} seats more of {_OF_FEATURE} are in use than are issued.",
        "Either the capacity in the configuration is out of date (correct it, with the day of the change), or the "
        "licence allows an overdraft, which is paid for.",
        Threshold("count", 1, "seat"),
    ),
    Alert(
        "drift", "LicenceDrift", FEATURE, "the server counts so many seats more or less than Seatwatch", HOUR,
        "warning", "seatwatch-pipeline",
        f"The server's own count of {_OF_FEATURE} is off by {{value}} seats from what its log tells.",
        "Lines are missing from the log, or sessions never ended in it: `seatwatch explain` shows the sessions behind "
        "the level, `seatwatch status` what was lost.",
        Threshold("count", 1, "seat"),
    ),
)  # fmt: skip
"""About what users of licences feel."""

LOG_ALERTS = (
    Alert(
        "log_stale", "LicenceLogStale", DAEMON, "a log that can be read has been silent for so long that nothing of it "
        "is shown", 5 * MINUTE, "critical", "seatwatch-pipeline",
        "The log of {vendor} on {server} has been silent for {value}: what is in use there is not known.",
        "Look whether the server runs, and whether its log still comes here (mount, rsync, syslog, a full disk). A "
        "running server writes the time every six hours at least.",
        shown="duration",
    ),
    Alert(
        "log_unreadable", "LicenceLogUnreadable", SOURCE, "a log of the source can't be read", 5 * MINUTE, "critical",
        "seatwatch-pipeline", "A log of the source {source} can't be read: what is in use there is not known.",
        "`seatwatch status` tells which file and why: it is gone, a permission is missing, a folder isn't mounted.",
    ),
    Alert(
        "log_behind", "LicenceLogBehind", SOURCE, "the source can be read, and is not at the end of its logs",
        2 * HOUR, "warning", "seatwatch-pipeline",
        "The source {source} is behind its logs by {value}B: until it has caught up, what is in use is not known.",
        "The first reading of long logs may take that long. Otherwise see what holds it up: `seatwatch status`, the "
        "load of this machine, the ledger's disk.",
        shown="bytes",
    ),
    Alert(
        "lines_not_understood", "LicenceLogNotUnderstood", SOURCE, "such a share of the new lines can't be read",
        15 * MINUTE, "warning", "seatwatch-pipeline",
        "{value} % of the lines of the source {source} in the last {window} were not understood.",
        "`seatwatch status` shows the newest of them. Is the log of another format than `format` says, or of a new "
        "version of the server? Report such lines.",
        Threshold("percent", 1, "% of the lines"), HOUR,
    ),
    Alert(
        "ends_missing", "LicenceEndsMissing", (*SOURCE, "vendor"), "a vendor daemon writes no check-ins", HOUR,
        "warning", "seatwatch-pipeline",
        "The vendor daemon {vendor} of the source {source} writes no check-ins: what is in use is not known.",
        "Take `NOLOG IN` out of the options file of the daemon, and have it reread that.",
    ),
    Alert(
        "gap", "LicenceLogGap", (*SOURCE, "reason"), "a piece of a log was lost", 0, "warning", "seatwatch-pipeline",
        "{value} pieces of logs of the source {source} were lost before they could be read ({reason}).",
        "`seatwatch export gaps` tells which; docs/reference.md tells for each reason what helps. Keep rotated files "
        "for longer than Seatwatch may be down.",
        window=HOUR,
    ),
    Alert(
        "writer_on_rotated_file", "LicenceLogRotatedWrongly", SOURCE, "the server still writes to a rotated file",
        15 * MINUTE, "warning", "seatwatch-pipeline",
        "The writer of a log of the source {source} goes on in a rotated or deleted file; what it writes is lost when "
        "that file goes.",
        "Make it reopen its log (lmutil lmreread, or lmswitch), or rotate with copytruncate.",
    ),
)  # fmt: skip
"""About what the logs can be trusted for."""

OWN_ALERTS = (
    Alert(
        "sink_behind", "SeatwatchSinkBehind", SINK, "windows wait, and the database took none for so long",
        15 * MINUTE, "warning", "seatwatch-pipeline",
        "{value} windows of the tier {tier} wait for the database {sink}.",
        "`seatwatch status` tells why, `seatwatch influxdb check` what is wrong there. Nothing is lost: what waits is "
        "sent when the database takes it again.",
        Threshold("duration", 30 * MINUTE, "without one taken"),
    ),
    Alert(
        "disk_full", "SeatwatchLedgerDiskFull", (), "the disk of the ledger is full so soon, if it goes on as in the "
        "last hours", 30 * MINUTE, "warning", "seatwatch-pipeline",
        "The disk that holds the ledger is full in {value}, if it fills up as in the last {window}.",
        "Make room or a larger disk; `facts.keep` and `tiers` bound the ledger. On a full disk nothing is committed, "
        "and nothing is lost while the logs are kept.",
        Threshold("duration", 7 * DAY, "left"), 6 * HOUR, "duration",
    ),
    Alert(
        "ledger_failing", "SeatwatchLedgerFailing", (), "commits to the ledger fail", 5 * MINUTE, "critical",
        "seatwatch-pipeline",
        "{value} commits to the ledger failed in the last {window}: what is shown stands still.",
        "What `seatwatch run` says on stderr tells why: a full disk, a quota, a lock, rights. Nothing is lost while "
        "the logs are kept: it goes on by itself when the ledger can be written again.",
        window=10 * MINUTE,
    ),
    Alert(
        "config_refused", "SeatwatchConfigRefused", (), "a change of the configuration was refused", 5 * MINUTE,
        "warning", "seatwatch-pipeline",
        "The configuration has faults since it was changed: Seatwatch goes by the one before.",
        "`seatwatch check-config` tells every fault with its line. Then have it read again (SIGHUP).",
    ),
    Alert(
        "absent", "SeatwatchAbsent", (), "Prometheus gets no answer of Seatwatch", 5 * MINUTE, "critical",
        "seatwatch-pipeline", "Prometheus can't scrape Seatwatch: no other alert here can be relied on.",
        "Look whether `seatwatch run` runs and what it says on stderr, and whether its address is the one that is "
        "scraped. It goes on where it stood when it is started again.",
    ),
)  # fmt: skip
"""About Seatwatch itself."""

ALERTS = (*LICENCE_ALERTS, *LOG_ALERTS, *OWN_ALERTS)
"""All of them, in the order of the documents."""
KEYS = tuple(dict.fromkeys(alert.key for alert in ALERTS))
"""Their keys in the configuration."""


def of_key(key: str) -> tuple[Alert, ...]:
    """Return the alerts of one key; they share threshold and window."""
    return tuple(alert for alert in ALERTS if alert.key == key)
