"""What lmgrd and the vendor daemons write about themselves; each function returns the messages of one block."""

from __future__ import annotations

from datetime import datetime

from exporter.simulate.site import Vendor

_VERSION = "v11.16.2.0 build 242664 x64_lsb"
_RULE = "-----------------------------------------------"
_DOUBLE_RULE = "==============================================="
# English whatever the locale, as the daemons have it.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(now: datetime) -> str:
    """Return the date of TIMESTAMP and ``started on``: M/D/YYYY, not padded."""
    return f"{now.month}/{now.day}/{now.year}"


def full(now: datetime) -> str:
    """Return the date of SLOG blocks, such as ``Thu Jun 09 2022 10:25:31 CEST``."""
    return f"{_DAYS[now.weekday()]} {_MONTHS[now.month - 1]} {now:%d %Y %H:%M:%S} {now.tzname()}"


def manager_start(now: datetime, host: str, pid: int) -> list[str]:
    """Return lmgrd's banner."""
    return [
        _RULE,
        "  Please Note:",
        "",
        "  This log is intended for debug purposes only.",
        "  In order to capture accurate license",
        "  usage data into an organized repository,",
        "  please enable report logging.",
        "",
        _RULE,
        "",
        f"Server's System Date and Time: {full(now)}",
        f"pid {pid}",
        "SLOG: Summary LOG statistics is enabled.",
        "Done rereading",
        f"FlexNet Licensing ({_VERSION}) started on {host} (linux) ({day(now)})",
        "lmdown/lmreread only allowed on this machine",
        "License file(s): /opt/licences/demo.lic",
        "lmgrd tcp-port 27000",
        *_slog("lmgrd", _DOUBLE_RULE, "=== LMGRD ===", f"Start-Date: {full(now)}", f"PID: {pid}", _DOUBLE_RULE),
        "Starting vendor daemons ... ",
    ]


def daemon_start(now: datetime, host: str, vendor: Vendor, pid: int) -> list[str]:
    """Return the first lines of a vendor daemon's process."""
    return [
        f"FlexNet Licensing version {_VERSION}",
        "SLOG: Summary LOG statistics is enabled.",
        f"EXPIRED: {vendor.retired}",
        *feature_list(host, vendor),
        "EXTERNAL FILTERS are OFF",
        "SLOG: Statistics Log Frequency is 240 minute(s).",
        *_slog(
            vendor.name,
            _DOUBLE_RULE,
            "=== Vendor Daemon ===",
            f"Vendor daemon: {vendor.name}",
            f"Start-Date: {full(now)}",
            f"PID: {pid}",
            _DOUBLE_RULE,
        ),
        "TCP_NODELAY NOT enabled",
    ]


def feature_list(host: str, vendor: Vendor) -> list[str]:
    """Return the list that is printed at a start and at every reread, packages spread over two lines."""
    plain = [feature.name for feature in vendor.features if not feature.components]
    lines = [f"Server started on {host} for:\t{plain[0] if plain else ''}"]
    lines += ["\t\t".join(plain[index : index + 2]) for index in range(1, len(plain), 2)]
    for feature in vendor.features:
        if feature.components:
            *first, last = feature.components
            lines.append(f"{feature.name} (consisting of:\t\t{' '.join(first)}")
            lines.append(f"{last}) ")
    return lines


def reread(vendor: Vendor, host: str) -> list[str]:
    """Return what a vendor daemon writes at a reread; sessions go on."""
    return [
        "Rereading license file...",
        *feature_list(host, vendor),
        *(f"Updating feature {feature.name}" for feature in vendor.features),
        "...Finished rereading",
    ]


def statistics(now: datetime, daemon: str, earlier: datetime, connections: int) -> list[str]:
    """Return the block of every 240 minutes; the date of the older request *earlier* is no anchor."""
    busy = f"{earlier.hour:2d}:{earlier:%M:%S}({day(earlier)})"
    return _slog(
        daemon,
        _DOUBLE_RULE,
        "=== Last 10 Client Requests Processing Time (in ms) ===",
        f"Time: {full(now)}",
        "Request processing time, when, #concurrent clients, (private bytes (in KB)), client info (user, node, FD)",
        f"00000000 ms at {busy},#{connections},(2836K),(,,544)",
        "",
        "=== Top 10 Peak In-house Operations time (in ms) ===",
        f"Time: {full(now)}",
        "",
        "=== Active Connections Info ===",
        f"Peak active connections #{connections + 2} attempted at {full(earlier)}",
        _DOUBLE_RULE,
    )


def _slog(daemon: str, *texts: str) -> list[str]:
    return [f"(@{daemon}-SLOG@) {text}" for text in texts]
