"""What `run` costs while its logs are quiet."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.collecting import write_config
from tests.bench.made_log import VENDOR
from tests.bench.measuring import cpu_seconds, rss_mb
from tests.bench.serving import running

FEW, MANY = 1_000, 10_000
"""Logs of the two runs."""
SECONDS = 30.0
_SETTLE = 5.0
"""Seconds after the last log was read that are not measured: two looks for new logs."""
_AGE = 3600
"""Seconds since the last line of each log: less than what makes a log stale."""


@dataclass(frozen=True, slots=True)
class Idle:
    """CPU as a share of one core (0 to 1) over *seconds*, and the resident set size then."""

    logs: int
    seconds: float
    cpu_share: float
    rss_mb: float


def measure_idle(folder: Path, number: int) -> Idle:
    """Measure *number* logs in the empty *folder*."""
    logs = folder / "logs"
    logs.mkdir()
    _write_logs(logs, number)
    with running(write_config(folder, str(logs / "{server}.log"), server="{server}")) as served:
        served.wait_until_ready()
        served.leave_alone(_SETTLE)
        pid = served.pid
        used, begun = cpu_seconds(pid), time.monotonic()
        served.leave_alone(SECONDS)
        share = (cpu_seconds(pid) - used) / (time.monotonic() - begun)
        return Idle(number, SECONDS, share, rss_mb(pid))


def _write_logs(folder: Path, logs: int) -> None:
    """Write the *logs*, each of a server of its own with two sessions, one of them open."""
    written = time.time() - _AGE
    then = time.gmtime(written)
    frame = time.strftime(f"%H:%M:%S ({VENDOR}) ", then)
    messages = (
        time.strftime("TIMESTAMP %m/%d/%Y", then),
        'OUT: "feat_000" user0001@node001  ',
        'OUT: "feat_001" user0002@node002  ',
        'IN: "feat_001" user0002@node002  ',
    )
    text = "".join(f"{frame}{message}\n" for message in messages)
    for number in range(logs):
        path = folder / f"server{number:05}.log"
        path.write_text(text, encoding="ascii")
        os.utime(path, (written, written))
