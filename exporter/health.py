"""
What the process knows of itself and the ledger doesn't: commits, reloads, room on the disk.

Written by the pipeline's thread, read by the threads that serve scrapes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf
from threading import Lock

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, inf)
"""Upper bounds of the commit durations, seconds; a bound belongs to its bucket."""


@dataclass(frozen=True, slots=True)
class SinkHealth:
    """How the windows of one tier come through to one sink."""

    last_success: float | None = None
    """Wall clock when the sink took some; None: not since the start."""
    newest: int | None = None
    """UTC second at which the newest window begins that it took since the start."""
    pending: int = 0
    """About how many windows wait."""
    errors: int = 0
    """Attempts that failed since the start."""
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Windows that were not shipped, by reason."""


@dataclass(frozen=True, slots=True)
class HealthView:
    """The statistics at one instant."""

    commits: tuple[int, ...]
    """Commits that took no longer than each of `BUCKETS`; the last is all of them."""
    commit_seconds: float
    """Seconds of all commits together."""
    ledger_errors: int
    reload_successful: bool
    ledger_size: int | None
    """Bytes; None when the file system doesn't say. The same for *ledger_free*."""
    ledger_free: int | None
    sinks: Mapping[tuple[str, str], SinkHealth]
    """By the names of sink and tier."""


class Health:
    """Counts what happens to the process itself; any thread may call any method."""

    def __init__(self, ledger_size: Callable[[], int], ledger_free: Callable[[], int]) -> None:
        """
        Start all counts at 0 with a configuration that was read well.

        *ledger_size* and *ledger_free* return bytes or raise OSError; they are asked at every `view`, from its thread.
        """
        self._lock = Lock()
        self._ledger_size = ledger_size
        self._ledger_free = ledger_free
        self._commits = [0] * len(BUCKETS)
        self._commit_seconds = 0.0
        self._ledger_errors = 0
        self._reload_successful = True
        self._sinks: dict[tuple[str, str], SinkHealth] = {}

    def committed(self, seconds: float) -> None:
        """Count a commit that succeeded and took *seconds*."""
        with self._lock:
            self._commits[bisect_left(BUCKETS, seconds)] += 1
            self._commit_seconds += seconds

    def ledger_failed(self) -> None:
        """Count a commit that failed."""
        with self._lock:
            self._ledger_errors += 1

    def reloaded(self, *, successful: bool) -> None:
        """Note whether the configuration could be used when it was read again."""
        with self._lock:
            self._reload_successful = successful

    def shipped(self, sink: str, tier: str, health: SinkHealth) -> None:
        """Note how the windows of a tier come through to a sink."""
        with self._lock:
            self._sinks[sink, tier] = health

    def view(self) -> HealthView:
        """Return the statistics as they are now."""
        size, free = _ask(self._ledger_size), _ask(self._ledger_free)
        with self._lock:
            return HealthView(
                commits=tuple(accumulate(self._commits)),
                commit_seconds=self._commit_seconds,
                ledger_errors=self._ledger_errors,
                reload_successful=self._reload_successful,
                ledger_size=size,
                ledger_free=free,
                sinks=dict(self._sinks),
            )


def _ask(bytes_of: Callable[[], int]) -> int | None:
    """Return the number of bytes, or None where it can't be had: a scrape must not fail for want of one gauge."""
    try:
        return bytes_of()
    except OSError:
        return None
