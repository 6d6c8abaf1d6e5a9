"""
What a line of a log says: the events that formats make and pairing takes.

Times are UTC seconds. Names are *raw*: bytes decoded as latin-1, one character a byte, so nothing is lost before a name
is decoded for people (see `decode` in `exporter.names`). `at` is the byte offset of the line in the generation of the
block it came from.
"""

from __future__ import annotations

from typing import NamedTuple


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
    server: str = ""
    """The host whose line it is, where one log is of many; "" is the stream's server."""


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
    server: str = ""


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
    sight: bool = True
    """Whether it shows that the server has such a feature: an UNSUPPORTED line doesn't."""


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

    With a *server*, one of many that write to the log, it is a boot of that: what is open on it ends, of all vendors.
    """

    time: int
    at: int
    vendor: str
    last: int
    started: bool
    server: str = ""
    reason: str = "reset"
    """What the sessions end as, one of `exporter.facts.END_REASONS`."""


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


class Use(NamedTuple):
    """Something was used at an instant, such as a module that was loaded: a point, which nothing ends."""

    time: int
    at: int
    server: str
    """Where the line tells it; "" is the server of its log."""
    vendor: str
    feature: str
    who: str
    path: str
    """What was used, where the line tells the file."""
    uses: int = 1
    """So many, where one line stands for several."""


class Transfer(NamedTuple):
    """A file was received or sent, or an error came up on the way; the server is the machine whose log it is."""

    time: int
    at: int
    direction: str
    """rx, tx or trx."""
    client: str
    """To whom, or the source from which."""
    product: str
    """What kind of file; "" of errors, which don't tell."""
    size: int = 0
    """Bytes."""
    latency: int | None = None
    """Whole seconds from its reception to its departure, 0 at least; None where the line doesn't tell."""
    negative: bool = False
    """Whether the latency was less than 0: the clock or its zone is wrong."""
    late: bool = False
    """Whether it took longer than it may."""
    error: bool = False
    """It is an error, and no file."""


class Passed(NamedTuple):
    """A line that has a time, whatever else it says; told only where somebody asks for every such line."""

    time: int
    at: int


Event = (
    Start
    | Stop
    | Change
    | Denial
    | QueueEnter
    | QueueLeave
    | Seen
    | Reset
    | Lifecycle
    | Package
    | Use
    | Transfer
    | Passed
)

LIFECYCLE = ("started", "restarted", "exited", "shutdown", "reread", "booted", "crashed", "halted", "clock set")
"""The last four are of hosts; one that crashed has been booted since."""
DENIAL_KINDS = ("capacity", "unsupported", "expired", "excluded", "version", "other")
