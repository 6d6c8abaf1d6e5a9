"""What a stream is made of: the stages that it drives, and the rules it goes by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exporter.claims import Held
from exporter.ports import Clock, Failpoint, Format, Ledger, LineSource, Pairing
from exporter.records import Checkpoint


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What a stream is made of; *pairing* makes one anew from a checkpoint."""

    source: str
    server: str
    lines: LineSource
    format: Format
    pairing: Callable[[Checkpoint], Pairing]
    ledger: Ledger
    clock: Clock
    hit: Failpoint
    claims: Held
    redundant: bool
    live: bool
    """The log is still written: silence means something."""
    owned: Sequence[str] = ()
    """What of its server the stream alone may tell of, beside its daemons."""
    begin: int | None = None
    """UTC second before which nothing counts of a log never seen before; None: all of it counts."""
