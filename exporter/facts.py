"""
What the ledger keeps of a stream: sessions, denials, waits, episodes and the like.

Times are UTC seconds, `at` the byte offset of a line in its generation. The natural key of a fact is (generation, at,
n); *product* and *holder* are ids given by `exporter.ports.Names`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

END_REASONS = ("returned", "timeout", "shutdown", "removed", "reset", "superseded", "expired", "gap")
SESSION_OUTCOMES = ("matched", "inferred", "reset", "gap")
"""How sessions are counted by what paired or ended them."""
RARE_OUTCOMES = ("superseded", "expired", "shutdown")
"""The same, told only where they have occurred: few formats have them."""
WAIT_OUTCOMES = ("granted", "given_up", "reset")
EPISODE_OUTCOMES = ("granted", "waited", "refused")
EFFECTIVE = ("waited", "refused")
"""Outcomes of the episodes that somebody felt (design rule 3.12)."""

SESSION = "session"
"""Kind of the durations of sessions; those of waits go by their outcome."""
LATENCY = "latency"
"""Kind of how long files took that were sent."""
UNBOUNDED = 0
"""Stands for the upper bound of the last bucket, which has none."""

Spread = dict[int, tuple[int, int]]
"""Durations by the upper bound of their bucket, in seconds: how many there are, and their seconds together."""


@dataclass(slots=True)
class Session:
    """A session; *end* is None while it is open. *product* and *holder* are ids given by `exporter.ports.Names`."""

    generation: int
    at: int
    n: int
    product: int
    holder: int
    first_seats: int
    seats: int
    start: int
    end: int | None = None
    reason: str | None = None
    inferred: int = 0
    end_generation: int | None = None
    end_at: int | None = None
    handle: str = ""
    suspect: int | None = None
    """UTC second at which the gap begins that may hide its end; None: it is sure."""
    checkin: int | None = None
    """UTC second of the check-in line that ended it; None: none did, or it has another time than *end*."""
    changes: list[tuple[int, int, int, int]] | None = None
    """(time, seats, generation, at) of each change, oldest first."""


class DenialFact(NamedTuple):
    """A raw denial, one row a line."""

    generation: int
    at: int
    product: int
    holder: int
    seats: int
    time: int
    code: int | None
    kind: str


class CheckinFact(NamedTuple):
    """A check-in line that ended no session, or one that began later: the log's clock went back."""

    generation: int
    at: int
    product: int
    time: int


@dataclass(slots=True)
class Wait:
    """A wait in the queue; *end*, the line that ended it, and *outcome* are None while it lasts."""

    generation: int
    at: int
    product: int
    holder: int
    seats: int
    start: int
    end: int | None = None
    outcome: str | None = None
    end_generation: int | None = None
    end_at: int | None = None


@dataclass(slots=True)
class Episode:
    """A run of capacity denials of one (feature, user, host), keyed by its first line; open while *outcome* is None."""

    generation: int
    at: int
    product: int
    holder: int
    first: int
    last: int
    lines: int
    outcome: str | None = None


class LifecycleFact(NamedTuple):
    """A line of a server's life."""

    generation: int
    at: int
    time: int
    vendor: str
    what: str


class UseFact(NamedTuple):
    """Something was used at an instant, one row a line; *path* is an id given by `exporter.ports.Names`."""

    generation: int
    at: int
    product: int
    holder: int
    path: int
    time: int
    uses: int


class UseTotal(NamedTuple):
    """Accumulators of what was used of one product in one stream, since the stream began."""

    uses: int
    first: int
    """UTC second of the first of them."""


TransferKey = tuple[int, str]
"""A product id, of (machine, direction, client), and what kind of file."""


@dataclass(slots=True)
class TransferFact:
    """Files of one kind in the minute that begins at the UTC second *minute*: how much there is more than before."""

    generation: int
    product: int
    kind: str
    minute: int
    files: int = 0
    size: int = 0
    """Their bytes."""
    errors: int = 0
    late_files: int = 0
    negative: int = 0
    """Those whose latency was less than 0, and counts as 0."""
    latencies: int = 0
    """So many of them tell a latency."""
    latency_min: int | None = None
    """Seconds; as the highest, None while there is none."""
    latency_max: int | None = None
    latency_sum: int = 0
    sketch: dict[int, int] = field(default_factory=dict)
    """How many latencies there are in each bucket (see `exporter.sketch`)."""


class TransferTotal(NamedTuple):
    """Accumulators of the files of one key in one stream, since the stream began."""

    files: int
    size: int
    errors: int
    late_files: int
    first: int
    """UTC second at which the first of their minutes begins."""

    def plus(self, fact: TransferFact) -> TransferTotal:
        """Return them with what came since."""
        counts = self.files + fact.files, self.size + fact.size, self.errors + fact.errors
        return TransferTotal(*counts, self.late_files + fact.late_files, min(self.first, fact.minute))


@dataclass(slots=True)
class Totals:
    """Accumulators of one product in one stream, since the stream began."""

    checkouts: int = 0
    checkins: int = 0
    denials: dict[str, int] = field(default_factory=dict)
    first: float = inf
    """UTC second of the product's first sight (design rule 3.7); infinite: only denied as unsupported."""
    effective: int = 0
    """Episodes decided as `EFFECTIVE`."""


class Activity(NamedTuple):
    """What a vendor daemon wrote on a UTC day, or how much that has grown."""

    vendor: str
    day: int
    """Days since 1970."""
    starts: int
    stops: int
    """Check-ins, those that end no session too; not what ends by itself."""
    resets: int


class Superseded(NamedTuple):
    """A session that its own log has not ended, but a start on a redundant server has (design rule 3.16)."""

    holder: int
    seats: int
    suspect: bool


class Level(NamedTuple):
    """What is open of one product now."""

    in_use: int
    queued: int
    """Seats waiting."""
    users: int
    """Distinct users (case folded) with an open session."""
    suspect: int
    """Seats of the open sessions that a gap left in doubt."""
    drift: int | None
    """The server's own count less ours at its last verbose line."""
    totals: Totals
    high: int
    """The highest *in_use* of any state that the last facts taken led through."""


@dataclass(slots=True)
class Facts:
    """New and changed facts of one stream since the last commit; a fact appears once, in its last state."""

    sessions: list[Session] = field(default_factory=list)
    denials: list[DenialFact] = field(default_factory=list)
    checkins: list[CheckinFact] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    lifecycle: list[LifecycleFact] = field(default_factory=list)
    uses: list[UseFact] = field(default_factory=list)
    transfers: list[TransferFact] = field(default_factory=list)
    """Increments."""
    packages: list[tuple[int, int]] = field(default_factory=list)
    """(product id of the package, product id of the component)."""
    totals: dict[int, Totals] = field(default_factory=dict)
    """Absolute accumulators of the products that moved."""
    use_totals: dict[int, UseTotal] = field(default_factory=dict)
    """The same of products that were used at an instant."""
    transfer_totals: dict[TransferKey, TransferTotal] = field(default_factory=dict)
    """The same of files that were received or sent."""
    durations: dict[tuple[str, str], Spread] = field(default_factory=dict)
    """By vendor and kind (`SESSION`, `LATENCY`, or the outcome of waits), as increments."""
    activity: list[Activity] = field(default_factory=list)
    """Increments."""
    tally: dict[str, int] = field(default_factory=dict)
    """Trust counts that moved, as increments: matched, inferred, reset, gap, unmatched, disagreed."""
    since: float = inf
    """Earliest UTC second at which any of it but *uses*, *transfers* moves a level or a count; infinite: none does."""
