"""
What a status text tells, whatever kind of server wrote it.

Times are the server's local time, without a zone: the texts name none. Names are decoded (design rule 3.17).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds seats; *start* is None where the text tells none."""

    user: str
    host: str
    display: str
    seats: int
    start: datetime | None
    sure: bool = True
    """Whether the text tells where the user ends and the host begins: blanks may stand between them, and in them."""

    def readings(self) -> Iterator[tuple[str, str]]:
        """Yield every user and host that the text may mean, the likeliest first."""
        yield self.user, self.host
        if not self.sure:
            words = f"{self.user} {self.host} {self.display}".split()
            for at in range(1, len(words)):
                yield " ".join(words[:at]), words[at]


@dataclass(frozen=True, slots=True)
class FeatureStatus:
    """One feature of a server, all its pools together."""

    vendor: str
    """Empty where the text doesn't tell."""
    feature: str
    issued: int | None
    """Seats; None: it is not counted, or the text doesn't tell."""
    in_use: int | None
    """Seats that somebody holds, without those that are reserved and idle; None: the text doesn't tell."""
    reserved: int
    """Seats kept for somebody who doesn't hold them now."""
    holders: tuple[Holder, ...]
    """In the order of the text; empty where it lists none."""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One server of a text."""

    servers: tuple[str, ...]
    """Its names as the text has them: several where servers stand in for one another, none where it tells none."""
    taken: datetime | None
    """When, by the text."""
    to_second: bool
    """Whether *taken* tells the second; else its minute has just begun."""
    features: tuple[FeatureStatus, ...]
    faults: tuple[str, ...]
    """What the text says is wrong: servers that don't answer, daemons that are down, features that aren't served."""


@dataclass(frozen=True, slots=True)
class UnknownLine:
    """A line that was not understood; *number* counts from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class StatusText:
    """A whole text."""

    kind: str
    servers: tuple[ServerStatus, ...]
    """At least one."""
    unknown: tuple[UnknownLine, ...]
