"""What the stages need from each other, as protocols; concrete classes are named in `exporter.wiring` only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Event as Signal
from typing import Protocol

from exporter.events import Event
from exporter.facts import Facts, Level, Superseded
from exporter.records import Batch, Block, Checkpoint, Gap, Generation, Json, Position, Reading, Trouble


class Clock(Protocol):
    """Time, given from outside."""

    def now(self) -> float:
        """Return seconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never step."""
        ...

    def wait(self, signal: Signal, seconds: float) -> bool:
        """Wait until *signal* is set or *seconds* are over; return whether it is set."""
        ...


class Failpoint(Protocol):
    """Called with the name of each place where a crash must do no harm; does nothing outside the tests."""

    def __call__(self, name: str, /) -> None:
        """Pass the place *name*."""
        ...


class Names(Protocol):
    """
    Gives names their ids; an id is for ever.

    Arguments are raw (latin-1 of the bytes). New names are written with the next commit; if that commit fails the ids
    stay valid and are written with the one after.
    """

    def product(self, server: str, vendor: str, feature: str) -> int:
        """Return the id of the product key."""
        ...

    def holder(self, who: str, display: str) -> int:
        """Return the id of (user, host, display), where *who* is ``user@host``."""
        ...

    def path(self, raw: str) -> int:
        """Return the id of the path of something that is used."""
        ...

    def plain(self, holder: int) -> int:
        """Return the id of a holder's user and host without display."""
        ...

    def user(self, holder: int) -> str:
        """Return the case-folded user of a holder, for counting distinct users; empty where the name is none."""
        ...

    def product_key(self, product: int) -> tuple[str, str, str]:
        """Return (server, vendor, feature), decoded."""
        ...


class Format(Protocol):
    """Turns the lines of one stream into events; pure. One object a stream: it carries the dates."""

    stale_after: int | None
    """Seconds of silence after which the stream is stale; None: silence says nothing."""
    look_ahead: int
    """How many bytes ahead of a new stream's first line its date is looked for."""

    @property
    def undated(self) -> bool:
        """Whether `date_by` has to be called before `read`."""
        ...

    @property
    def frontier(self) -> int | None:
        """The last dated second + 1 of the current stretch, None before the first dated line."""
        ...

    @property
    def stretch(self) -> tuple[int, int] | None:
        """
        The interval of time that was read without a break, from the earliest dated second to the one after the latest.

        It begins at the stream's begin, at a re-base, and where `begin_stretch` said; None before its first dated line.
        """
        ...

    @property
    def last_line(self) -> int | None:
        """UTC second of the newest line read."""
        ...

    @property
    def daemons(self) -> Mapping[str, tuple[bool, int]]:
        """Vendor daemons: whether they run, and the UTC second of their newest line; empty where a log has none."""
        ...

    def first_date(self, head: bytes) -> int | None:
        """Return the UTC second of the first line in *head*, the beginning of a log, that carries its date."""
        ...

    def date_by(self, ahead: Iterable[Block], written: int) -> None:
        """Find the date of the first line from *ahead*; without an anchor, its newest line was written at *written*."""
        ...

    def read(self, block: Block, *, every_line: bool = False) -> Reading:
        """Read a block; with *every_line* each line that has a time and makes no event is told as `Passed`."""
        ...

    def date_state(self) -> Json | None:
        """Return what dates the next line, for `go_by`; None before the first date."""
        ...

    def go_by(self, dates: Json) -> None:
        """Date the next line by what `date_state` gave; `frontier` doesn't fall by that."""
        ...

    def begin_stretch(self) -> None:
        """Let the next line begin a new stretch: lines before it are lost."""
        ...

    def redate(self) -> None:
        """Carry out the move that the last reading asked for on what this object remembers."""
        ...

    def state(self) -> Mapping[str, Json]:
        """Return what `restore` needs to go on after the last block."""
        ...

    def restore(self, state: Mapping[str, Json]) -> None:
        """Go on from a saved state."""
        ...


class Pairing(Protocol):
    """Pairs the events of one stream; pure."""

    def apply(self, generation: int, events: Sequence[Event]) -> None:
        """Take events of one generation in reading order. Raises TooManyOpen."""
        ...

    def meet(self, gap: Gap) -> None:
        """Take a gap, or that one is withdrawn, at its place among the events; its `before` is known."""
        ...

    @property
    def in_doubt(self) -> bool:
        """Whether `apply` needs `Passed` events: something is open that the time of any line may end."""
        ...

    def pass_quiet(self, until: int) -> bool:
        """Take note that no line came up to the UTC second *until*; return whether that ended a session."""
        ...

    @property
    def since(self) -> Position | None:
        """The place from which `Checkpoint.begun` has to tell; None when nothing depends on it."""
        ...

    def take(self, frontier: int | None, newest: int | None = None) -> Facts:
        """
        Return and forget what is new or changed since the last call; decide what *frontier* has passed.

        *newest*: UTC second of the newest line, where a clock that stepped back left it before the frontier.
        """
        ...

    def redate(self, move: Callable[[int], int]) -> None:
        """Move the times in the small part of the state."""
        ...

    def state(self) -> Mapping[str, Json]:
        """Return the small part of the state; open sessions, waits and episodes are facts already."""
        ...

    @property
    def products(self) -> Sequence[int]:
        """Ids of the products seen."""
        ...

    def level(self, product: int, but: Sequence[Superseded] = ()) -> Level:
        """Return what is open of a product now, *but* these."""
        ...


class Ledger(Protocol):
    """The one file that is the truth; one writer."""

    @property
    def names(self) -> Names:
        """The ids of names."""
        ...

    def checkpoint(self, source: str, server: str, name: str) -> Checkpoint:
        """Return where stream *name* of *source* stands; a stream never seen is made, empty."""
        ...

    def next_generation(self) -> int:
        """Return a generation id never given before."""
        ...

    def commit(self, batches: Sequence[Batch]) -> None:
        """Write the batches in one transaction. Raises LedgerFull, and then nothing of them is kept."""
        ...

    def superseded(self, stream: int) -> Mapping[int, Sequence[Superseded]]:
        """Return, by product, the sessions of a stream that only a start on a redundant server has ended."""
        ...

    def late(self, facts: Facts) -> Mapping[str, int]:
        """Return the trust count ``late`` of facts that come too late for their windows, where there are any."""
        ...

    def note_troubles(self, troubles: Mapping[int, Trouble]) -> None:
        """Keep, by stream, what is wrong with it now, for who asks the ledger. Raises LedgerFull."""
        ...

    def note_quiet(self, quiet: Mapping[int, int]) -> None:
        """Keep, by stream, up to when nothing more was written, in one transaction. Raises LedgerFull."""
        ...

    def redate(self, stream: int, move: Callable[[int], int], state: Mapping[str, Json]) -> None:
        """Move every time of the stream's facts by *move* and save *state*, in one transaction."""
        ...


class LineSource(Protocol):
    """One stream being followed: a log with its rotated generations, oldest first."""

    name: str
    """The path without its rotation mark; file system bytes as str (surrogateescape)."""
    problem: str | None
    """Why nothing can be read now, a sentence for the user; None when all is well."""
    waiting: bool
    """Whether there are files of which it can't be told yet what they are: they are still being copied or packed."""
    still: bool
    """Whether the last `read` gave None because it found everything as the one before had left it."""

    @property
    def writer_on_rotated(self) -> bool:
        """Whether the writer still writes to a rotated or deleted file."""
        ...

    def notes(self) -> list[str]:
        """Return the sentences for the user that came up since the last call, each to be said once."""
        ...

    def read(self, limit: int) -> Block | None:
        """Return the next block of about *limit* bytes, or None when there is nothing whole to read now."""
        ...

    def look_ahead(self, limit: int) -> Iterable[Block]:
        """Yield up to *limit* bytes of blocks from where `read` stands, over later generations, and move nothing."""
        ...

    def written(self) -> int:
        """Return the UTC second at which the newest line of the stream was written, as far as the files tell."""
        ...

    def rewind(self, position: Position) -> None:
        """Stand again at *position*, a line start inside the block that `read` returned last."""
        ...

    def note_first(self, generation: int, first_hash: str, first_time: int | None) -> None:
        """Keep the hash and the UTC second of a generation's first whole line in its record."""
        ...

    def moved(self) -> list[Generation]:
        """Return copies of the generations that are new or changed since the last call, as of the last `read`."""
        ...

    def gaps(self) -> list[Gap]:
        """Return the losses seen since the last call."""
        ...

    def lag(self) -> int:
        """Return the bytes not read yet."""
        ...
