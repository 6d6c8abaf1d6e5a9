"""What a program costs, as the operating system tells it."""

from __future__ import annotations

import math
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class BenchFault(Exception):
    """Something could not be measured, or came out wrong; the message is for the user."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a program took."""

    seconds: float
    """Of wall clock."""
    user_seconds: float
    system_seconds: float
    rss_mb: float
    """Highest resident set size, 10^6 bytes."""


def measure(command: Sequence[str], folder: Path) -> tuple[Cost, str]:
    """
    Run *command* to its end and return its cost and stdout; *folder* holds its output meanwhile.

    Raises BenchFault when it fails. The child's peak begins with what this process holds when it starts the child, so
    this process has to be kept the smaller of the two.
    """
    out, told = folder / "stdout", folder / "stderr"
    with out.open("wb") as stdout, told.open("wb") as stderr:
        begun = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, cwd=ROOT)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        last = told.read_text("utf-8", "replace").strip().splitlines()[-5:]
        raise BenchFault(f"{' '.join(command)} ended with status {child.returncode}: {' / '.join(last)}")
    cost = Cost(seconds, used.ru_utime, used.ru_stime, used.ru_maxrss * 1024 / 1e6)
    return cost, out.read_text("utf-8")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of *values* that at least *share* (0 to 1) of them don't exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds, user and system, that process *pid* has used so far."""
    # The name in brackets may hold anything; behind it, utime and stime are the 12th and 13th field.
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int) -> float:
    """Return the resident set size of process *pid* now, 10^6 bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
