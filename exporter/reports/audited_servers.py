"""Which of our servers a status text is about."""

from __future__ import annotations

from collections.abc import Sequence

from exporter.errors import UsageError
from exporter.reports.printable import clean
from exporter.reports.reader import Reader


def our_server(ledger: Reader, names: Sequence[str], asked: str | None) -> str:
    """
    Return the server *asked* for, else the one of ours that has one of the *names* in a text.

    Names are equal in any case, with a domain or without. Raises UsageError when there is none, or more than one.
    """
    known: list[str] = [server for (server,) in ledger.ask("SELECT DISTINCT server FROM stream ORDER BY server")]
    if not known:
        raise UsageError("The ledger knows no server yet: read the logs first, with `seatwatch collect`.")
    ours = ", ".join(known)
    if asked is not None:
        if asked not in known:
            raise UsageError(clean(f"The ledger knows no server {asked}; it knows {ours}."))
        return asked
    folded = {name.casefold() for name in names}
    found = [server for server in known if server.casefold() in folded] or [
        server for server in known if _short(server) in {_short(name) for name in names}
    ]
    if len(found) == 1:
        return found[0]
    told = f"calls its server {' or '.join(names)}" if names else "doesn't name its server"
    which = ", ".join(found or known)
    raise UsageError(clean(f"The status text {told}. Say with --server which one that is, of {which}."))


def sources_of(ledger: Reader, server: str) -> set[str]:
    """Return the sources that tell of *server*."""
    return {source for (source,) in ledger.ask("SELECT source FROM stream WHERE server = ?", server)}


def _short(server: str) -> str:
    """Return a server's name without its domain; an address is whole."""
    folded = server.casefold()
    first = folded.partition(".")[0]
    return folded if first.isdecimal() else first
