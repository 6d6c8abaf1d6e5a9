"""When the daemons of redundant servers were down (design rule 3.16), as the facts of their logs tell it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

EVER = 1 << 62
"""An instant after all others."""


class Down(NamedTuple):
    """A time in which a vendor daemon was down, UTC seconds: from *since* to before *until*."""

    stream: int
    vendor: str
    since: int
    until: int = EVER
    reset: tuple[int, int] | None = None
    """Where the line is that tells of its next start (generation, offset); None: there is none yet."""


class Server(NamedTuple):
    """The log of one of several redundant servers."""

    stream: int
    server: str
    """The name they share."""
    last_line: int
    """UTC second of its newest line, -1 before the first."""
    silence: int
    """Seconds after which, silent while another one isn't, it is taken to be down."""


def read_servers(db: sqlite3.Connection, redundant: Mapping[str, int]) -> list[Server]:
    """Return the logs of sources that are *redundant*, by the seconds of silence. Raises sqlite3.Error."""
    rows = db.execute(
        "SELECT id, server, coalesce(last_line, -1), source FROM stream "
        f"WHERE source IN ({', '.join('?' * len(redundant))}) ORDER BY id",
        list(redundant),
    )
    return [Server(stream, server, last, redundant[source]) for stream, server, last, source in rows]


def partners(of: Server, servers: Iterable[Server]) -> list[int]:
    """Return the streams of the others that share its name."""
    return [other.stream for other in servers if other.server == of.server and other.stream != of.stream]


def silent(servers: Collection[Server]) -> set[int]:
    """Return the streams that were silent for too long while another server of the same name went on to write."""
    newest: dict[str, int] = {}
    for one in servers:
        newest[one.server] = max(newest.get(one.server, -1), one.last_line)
    return {one.stream for one in servers if newest[one.server] > one.last_line + one.silence and one.last_line >= 0}


def read_downs(db: sqlite3.Connection, stream: int) -> list[Down]:
    """Return when the daemons of a stream were down by its own lines. Raises sqlite3.Error."""
    vendors = db.execute(
        "SELECT DISTINCT vendor FROM total JOIN product ON product.id = product WHERE stream = ?", (stream,)
    ).fetchall()
    lines = db.execute(
        "SELECT generation, at, time, vendor, what FROM lifecycle WHERE what <> 'reread' "
        "AND generation IN (SELECT id FROM generation WHERE stream = ?) ORDER BY generation, at, n",
        (stream,),
    ).fetchall()
    return [down for (vendor,) in vendors for down in _downs(stream, vendor, lines)]


def _downs(stream: int, vendor: str, lines: Iterable[tuple[int, int, int, str, str]]) -> Iterable[Down]:
    since = None
    for generation, at, time, about, what in lines:
        if about not in (vendor, "lmgrd"):  # what lmgrd says of itself is said of all
            continue
        if what in ("exited", "shutdown"):
            since = time if since is None else since
        elif since is not None:
            yield Down(stream, vendor, since, time, (generation, at))
            since = None
    if since is not None:
        yield Down(stream, vendor, since)
