"""
What flows between tail, pipeline and ledger: blocks of lines, what was read of them, and what is committed together.

Low floor: of the project it knows events and facts only. The stages agree on these shapes and not on each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from exporter.events import Event
from exporter.facts import Episode, Facts, Session, Spread, Totals, TransferKey, TransferTotal, UseTotal, Wait

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
    first: tuple[str, int | None] | None = None
    """Hash and UTC second (None: it has none) of the generation's first whole line, when this block holds it."""
    stretches: list[tuple[int, int]] = field(default_factory=list)
    """
    The stretches (see `exporter.ports.Format.stretch`) that came to an end at a re-base; (0, 0): that came right behind
    a loss, and a stretch of no line ended.
    """
    notes: list[str] = field(default_factory=list)
    """Sentences for the user on what the lines leave open, each to be said once."""
    redate: Callable[[int], int] | None = None
    """Set when the first anchor disagrees with an inferred date: moves a UTC second by whole local days."""


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
    trail: str = ""
    """Hashes of what was read further back than the marker (see `exporter.tail.trail`), '' for none."""


ROLLED_BACK = "rolled back"
"""Reason of a gap whose lines had been read: the file lost them, they stay counted, others may take their place."""


BEFORE_START = "before start"
"""Reason of a gap that the user wished: the log was begun later."""


class Gap(NamedTuple):
    """Bytes that can't be read any more: from *start* to *end* (None: unknown) of *generation*."""

    generation: int
    start: int
    end: int | None
    reason: str
    before: int | None = None
    """UTC second of the stream's last line before it."""
    withdrawn: bool = False
    """The bytes came back and will be read after all."""


class Covered(NamedTuple):
    """An interval of time of which a stream was read, UTC seconds; the stream's *number*-th in reading order."""

    number: int
    start: int
    end: int


class Trouble(NamedTuple):
    """What is wrong with a stream now, sentences for the user; None where all is well."""

    problem: str | None
    """Why it can't be read."""
    warning: str | None
    """What is wrong although it can be read."""


class Begun(NamedTuple):
    """Where the last start of a key was read since some place."""

    generation: int
    at: int
    product: int
    holder: int
    handle: str


@dataclass(slots=True)
class Batch:
    """All that one stream commits at once: where it stands, its state, and the facts up to there."""

    stream: int
    position: Position | None
    generations: list[Generation]
    """Generations that are new or moved."""
    state: Mapping[str, Json]
    """``{"format": ..., "pairing": ..., "since": (generation, offset) or None}``; *since*: see `Checkpoint.begun`."""
    facts: Facts
    frontier: int | None
    """Up to when the stream is known, by its lines and its quiet."""
    last_line: int | None
    tally: dict[str, int]
    """Increments: lines by outcome, ``refused``."""
    samples: list[tuple[Position, str, str]]
    """(position, decoded text, why)."""
    gaps: list[Gap]
    coverage: list[Covered] = field(default_factory=list)
    """Intervals that are new or changed."""
    ends: Mapping[str | None, int] = field(default_factory=dict)
    """Daemons of which it is known anew when they wrote their ends, and the UTC second from which on; None: all."""


class KnownStream(NamedTuple):
    """A stream that the ledger knows, whether anything follows it or not."""

    id: int
    source: str
    server: str
    name: str
    """Its path without rotation mark; file system bytes as str (surrogateescape)."""
    generation: int | None
    """The one in which reading stands; None before anything was read."""


@dataclass(slots=True)
class Checkpoint:
    """Where a stream stands, as the ledger knows it; all empty for a new stream."""

    stream: int
    position: Position | None = None
    generations: list[Generation] = field(default_factory=list)
    """Known generations, oldest first."""
    quiet: int | None = None
    """UTC second up to which nothing more was written since the last commit, as far as it was noted."""
    state: Mapping[str, Json] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    """Open sessions, in reading order, with their changes; waits and episodes likewise."""
    waits: list[Wait] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    begun: list[Begun] = field(default_factory=list)
    """The keys with a start line at the state's *since* or after it; empty without that."""
    totals: dict[int, Totals] = field(default_factory=dict)
    tally: dict[str, int] = field(default_factory=dict)
    """All trust counts: lines by outcome, refused, matched, inferred, reset, gap, unmatched, disagreed,
    late."""
    gaps: dict[Position, str] = field(default_factory=dict)
    """Reasons of all gaps ever found, by where they begin; those whose bytes came back too."""
    durations: dict[tuple[str, str], Spread] = field(default_factory=dict)
    """Since the stream began; see `exporter.facts.Facts`."""
    packages: list[tuple[int, int]] = field(default_factory=list)
    """Packages and components (product ids) of the stream's server, whichever stream told."""
    use_totals: dict[int, UseTotal] = field(default_factory=dict)
    """By product id, what was used at an instant."""
    transfer_totals: dict[TransferKey, TransferTotal] = field(default_factory=dict)


class Kept(NamedTuple):
    """How many seconds things are kept, counted from the newest line of their log; None: for ever."""

    facts: int | None = None
    denials: int | None = None
    """Raw ones."""
    uses: int | None = None
    """One by one; sums of minutes are kept for longer."""
    live: int | None = None
    """Counted from now: minutes are worked out of the facts, which are kept at least as long as these."""
    hourly: int | None = None
    longterm: int | None = None


class WindowsAsked(NamedTuple):
    """Which windows are asked for: of one tier, of products or of features; None: all."""

    tier: str
    product: bool
    start: int | None = None
    """UTC second; windows that begin at it or later."""
    end: int | None = None
    """Windows that begin before it."""
    server: str | None = None
    vendor: str | None = None
    feature: str | None = None


class WindowRow(NamedTuple):
    """One window of a subject: (server, vendor, feature), or (product,); from *start* to before *end*, UTC seconds."""

    subject: tuple[str, ...]
    start: int
    end: int
    fields: tuple[float, ...]
    """In the order of `exporter.catalog.windows.WINDOW_FIELDS`; whole ones are int."""


class BreakdownRow(NamedTuple):
    """One window by group: (server, vendor, feature, breakdown, value); from *start* to before *end*, UTC seconds."""

    subject: tuple[str, ...]
    start: int
    end: int
    fields: tuple[int, ...]
    """In the order of `exporter.catalog.windows.BREAKDOWN_FIELDS`."""


class Happening(NamedTuple):
    """One restart, reread or gap."""

    second: int
    """UTC."""
    kind: str
    server: str
    vendor: str
    """The daemon; "" where all of the server are meant."""
    title: str
    text: str
