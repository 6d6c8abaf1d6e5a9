"""
The records that flow between the stages.

Ground floor: this module imports nothing of the project. The stages agree on these shapes and not on each other.
Times are UTC seconds (``int``). Names inside events are *raw*: bytes decoded as latin-1, one character a byte,
so nothing is lost before a name is decoded for people (see `decode` in `exporter.names`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Json = Any
"""What `json.dumps` takes; parser and pairing state are kept in this form."""


class Position(NamedTuple):
    """
    A place in a stream: the byte *offset* of a line start inside one *generation*.

    Offsets of compressed generations count decompressed bytes. Positions of one stream order by reading order,
    because generations are numbered in the order they are read.
    """

    generation: int
    offset: int

    def __str__(self) -> str:
        """Give the text form, ``generation:offset``."""
        return f"{self.generation}:{self.offset}"


@dataclass(frozen=True, slots=True)
class Block:
    """
    Whole lines of one generation, as read.

    Every line in *data* ends in LF; only the last line of a closed generation may lack it. *data* may be empty when
    bytes were passed over (an over-long line, a run of NULs): then *end* still moves.
    """

    start: Position
    data: bytes
    end: Position
    not_after: int
    """Latest UTC second a line of this block may carry (now, or the file's mtime when importing, plus a day)."""
    oversize: int = 0
    """Over-long lines passed over between *start* and *end*."""


# ---------------------------------------------------------------------------------------------------------------------
# Events: what a line says. `at` is the byte offset of the line in the generation of the block it came from.


class Start(NamedTuple):
    """A check-out: a session begins."""

    time: int
    at: int
    vendor: str
    feature: str
    who: str
    """``user@host``; the *last* ``@`` divides."""
    display: str
    seats: int
    handle: str = ""
    in_use: int | None = None
    """The server's own count after this line, where the log gives it."""


class Stop(NamedTuple):
    """A check-in: a session ends."""

    time: int
    at: int
    vendor: str
    feature: str
    who: str
    display: str
    seats: int
    reason: str = "returned"
    handle: str = ""
    in_use: int | None = None


class Change(NamedTuple):
    """An open session changes its seats from *before* to *seats*."""

    time: int
    at: int
    vendor: str
    feature: str
    who: str
    display: str
    before: int
    seats: int
    handle: str = ""
    in_use: int | None = None


class Denial(NamedTuple):
    """A request that was turned away; *code* is the vendor's first number, or None, *kind* its class."""

    time: int
    at: int
    vendor: str
    feature: str
    who: str
    display: str
    seats: int
    code: int | None
    kind: str


class QueueEnter(NamedTuple):
    """A request begins to wait."""

    time: int
    at: int
    vendor: str
    feature: str
    who: str
    display: str
    seats: int


class QueueLeave(NamedTuple):
    """A waiting request leaves the queue."""

    time: int
    at: int
    vendor: str
    feature: str
    who: str
    display: str
    seats: int


class Seen(NamedTuple):
    """The first line of *vendor* since the stream began or was re-based."""

    time: int
    at: int
    vendor: str


class Reset(NamedTuple):
    """
    Everything open of *vendor* ends at *last*, the time of the vendor's last line before this one.

    With *started*, a start of the vendor was seen here, so later stops without start are unmatched; without it, the
    stream counts as new (a re-base). An empty *vendor* says the same for the vendors not seen yet.
    """

    time: int
    at: int
    vendor: str
    last: int
    started: bool


class Lifecycle(NamedTuple):
    """A line of the server's own life: *what* is one of `LIFECYCLE`; *up* says whether the daemon runs after it."""

    time: int
    at: int
    vendor: str
    what: str
    up: bool | None


class Package(NamedTuple):
    """The vendor's feature list says that *feature* is a package holding *component*."""

    time: int
    at: int
    vendor: str
    feature: str
    component: str


Event = Start | Stop | Change | Denial | QueueEnter | QueueLeave | Seen | Reset | Lifecycle | Package

LIFECYCLE = ("started", "restarted", "exited", "shutdown", "reread")
DENIAL_KINDS = ("capacity", "unsupported", "expired", "excluded", "version", "other")
END_REASONS = ("returned", "timeout", "shutdown", "removed", "reset", "superseded", "expired", "gap")
WAIT_OUTCOMES = ("granted", "given_up", "reset")
EPISODE_OUTCOMES = ("granted", "waited", "refused")
LINE_OUTCOMES = ("understood", "noise", "unparsed", "oversize")


class Sample(NamedTuple):
    """A line that looks like an event and could not be read: its offset, its text (raw), and why."""

    at: int
    text: str
    why: str


@dataclass(slots=True)
class Reading:
    """What a format made of one block."""

    end: Position
    """Where reading stopped: the block's end, or the line at which *redate* has to happen first."""
    events: list[Event] = field(default_factory=list)
    tally: dict[str, int] = field(default_factory=dict)
    """Lines by outcome (`LINE_OUTCOMES`), and ``refused``: times not believed."""
    samples: list[Sample] = field(default_factory=list)
    first: tuple[str, int] | None = None
    """Hash and UTC second of the generation's first whole line, when this block holds it."""
    redate: Callable[[int], int] | None = None
    """Set when the first anchor disagrees with an inferred date: moves a UTC second by whole local days."""


# ---------------------------------------------------------------------------------------------------------------------
# Facts: what the ledger keeps. The natural key of each is (generation, at, n).


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


@dataclass(slots=True)
class Wait:
    """A wait in the queue; *end* and *outcome* are None while it lasts."""

    generation: int
    at: int
    product: int
    holder: int
    seats: int
    start: int
    end: int | None = None
    outcome: str | None = None


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


@dataclass(slots=True)
class Totals:
    """Accumulators of one product in one stream, since the stream began."""

    checkouts: int = 0
    checkins: int = 0
    denials: dict[str, int] = field(default_factory=dict)


class Level(NamedTuple):
    """What is open of one product now."""

    in_use: int
    queued: int
    """Seats waiting."""
    users: int
    """Distinct users (case folded) with an open session."""
    drift: int | None
    """The server's own count less ours at its last verbose line."""
    totals: Totals


@dataclass(slots=True)
class Facts:
    """New and changed facts of one stream since the last commit; a fact appears once, in its last state."""

    sessions: list[Session] = field(default_factory=list)
    denials: list[DenialFact] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    lifecycle: list[LifecycleFact] = field(default_factory=list)
    packages: list[tuple[int, int]] = field(default_factory=list)
    """(product id of the package, product id of the component)."""
    totals: dict[int, Totals] = field(default_factory=dict)
    """Absolute accumulators of the products that moved."""
    tally: dict[str, int] = field(default_factory=dict)
    """Trust counts that moved, as increments: matched, inferred, reset, unmatched, disagreed."""


# ---------------------------------------------------------------------------------------------------------------------
# Generations and what is committed together.


@dataclass(slots=True)
class Generation:
    """
    One life of a file: an inode's life, or one epoch between truncations.

    Identity is (device, inode) and the hash of the first `head_length` bytes and of the `marker_length` bytes before
    *offset*; lengths are stored, so they can change in a later version. Hashes are hex, of decompressed bytes.
    """

    id: int
    path: str
    device: int
    inode: int
    head: str = ""
    head_length: int = 0
    marker: str = ""
    marker_length: int = 0
    offset: int = 0
    size: int = 0
    closed: bool = False
    first_hash: str = ""
    """Hash of the first whole line, '' until it was read."""
    first_time: int | None = None
    rollbacks: int = 0


class Gap(NamedTuple):
    """Bytes that can't be read any more: from *start* to *end* (None: unknown) of *generation*."""

    generation: int
    start: int
    end: int | None
    reason: str


@dataclass(slots=True)
class Batch:
    """All that one stream commits at once: where it stands, its state, and the facts up to there."""

    stream: int
    position: Position | None
    generations: list[Generation]
    """Generations that are new or moved."""
    state: Mapping[str, Json]
    """``{"format": ..., "pairing": ...}``."""
    facts: Facts
    frontier: int | None
    last_line: int | None
    tally: dict[str, int]
    """Increments: lines by outcome, ``refused``."""
    samples: list[tuple[Position, str, str]]
    """(position, decoded text, why)."""
    gaps: list[Gap]


@dataclass(slots=True)
class Checkpoint:
    """Where a stream stands, as the ledger knows it; all empty for a new stream."""

    stream: int
    position: Position | None = None
    generations: list[Generation] = field(default_factory=list)
    """Known generations, oldest first."""
    state: Mapping[str, Json] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    """Open sessions, in reading order, with their changes; waits and episodes likewise."""
    waits: list[Wait] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    totals: dict[int, Totals] = field(default_factory=dict)
    tally: dict[str, int] = field(default_factory=dict)
    """All trust counts of the stream: lines by outcome, refused, matched, inferred, reset, unmatched, disagreed."""
    gaps: dict[str, int] = field(default_factory=dict)
    """Gap rows by reason."""
