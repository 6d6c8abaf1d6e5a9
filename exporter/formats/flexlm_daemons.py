"""
The life of the daemons in a FlexNet debug log: who runs, who was restarted, and what that resets (design rule 3.5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from exporter.events import Event, Lifecycle, Package, Reset, Seen, Start
from exporter.formats.flexlm_dates import STARTED_ON
from exporter.formats.flexlm_grammar import TEXT
from exporter.records import Json

Emit = Callable[[Event], None]

_DAEMON_STARTED = re.compile(r"(RE)?Started\s+([^\s(]+)(?:\s+\(.*)?$", TEXT)
_DAEMON_EXITED = re.compile(r"(\S+) exited with status\b", TEXT)
_SHUTTING_DOWN = re.compile(r"Shutting down (\S+) pid=", TEXT)
_VERSION = re.compile(r"(?:FLEXnet|FLEXlm) Licensing version\b", re.IGNORECASE | TEXT)
_EXITING = re.compile(r"EXITING (?:DUE TO SIGNAL|WITH CODE)\b", TEXT)
_SHUTDOWN = re.compile(r"Shutdown requested from\b|daemon shutdown requested\b", TEXT)
_REREAD = re.compile(r"Rereading license file", TEXT)


class Life(NamedTuple):
    """A life-cycle line: whom it is about ('' : every daemon of this lmgrd), what, and whether that is a reset."""

    daemon: str
    what: str
    reset: bool
    up: bool | None


def life_of(daemon: str, message: str) -> Life | None:
    """Return what a message says of a daemon's life, or None."""
    if daemon == "lmgrd":
        if STARTED_ON.match(message):
            return Life("", "started", reset=True, up=None)
        if found := _DAEMON_STARTED.match(message):
            return Life(found[2], "restarted" if found[1] else "started", reset=True, up=True)
        if found := _DAEMON_EXITED.match(message):
            return Life(found[1], "exited", reset=False, up=False)
        if found := _SHUTTING_DOWN.match(message):
            return Life(found[1], "shutdown", reset=False, up=False)
        if _EXITING.match(message):
            return Life("", "exited", reset=False, up=False)
    elif _VERSION.match(message):
        return Life(daemon, "started", reset=True, up=True)
    elif _EXITING.match(message):
        return Life(daemon, "exited", reset=False, up=False)
    elif _SHUTDOWN.match(message):
        return Life(daemon, "shutdown", reset=False, up=False)
    if _REREAD.match(message):
        return Life(daemon, "reread", reset=False, up=None)
    return None


# A list of names that the server closes with a bracket, often lines later.
_CONSISTING = " (consisting of:"
_WORD = re.compile(r"\S+", TEXT)
_LONGEST_NAME = 1000
_NAMES = re.compile(r"[\w.+\-\s]*(?:\)|$)", TEXT)


@dataclass(slots=True)
class Daemon:
    """What reading remembers of one daemon."""

    name: str
    last: int
    """Time of its newest line."""
    up: bool = True
    down_at: int = -1
    """Where in the present block it went down, -1: before."""
    package: str = ""
    """The package whose components are being listed."""
    proven: bool = False
    """It wrote an event, a date or a life-cycle line: it is a daemon, and not just any word in brackets."""


class Daemons:
    """The daemons of one stream, by the name in their lines."""

    def __init__(self) -> None:
        """Begin with none."""
        self.by_name: dict[str, Daemon] = {}
        """A forked copy, ``name_2``, shares the record of ``name``."""
        self._known: set[str] = set()
        """Names that were met or started, over re-bases too: only of these can there be a copy."""

    def running(self) -> dict[str, tuple[bool, int]]:
        """Return of each vendor daemon whether it runs, and the time of its newest line."""
        proven = [daemon for daemon in self._each() if daemon.proven and daemon.name != "lmgrd"]
        return {daemon.name: (daemon.up, daemon.last) for daemon in proven}

    def begin_block(self) -> None:
        """Forget offsets: those of the block to come are of their own."""
        for daemon in self._each():
            daemon.down_at = -1

    def meet(self, name: str, time: int, at: int, emit: Emit) -> Daemon:
        """Return the record of a daemon whose first line this is."""
        base, _, copy = name.rpartition("_")
        own = base if copy.isdecimal() and base in self._known and name not in self._known else name
        self._known.add(own)
        if own not in self.by_name:
            self.by_name[own] = Daemon(own, time)
            emit(Seen(time, at, own))
        self.by_name[name] = self.by_name[own]
        return self.by_name[name]

    def live(self, life: Life, time: int, at: int, emit: Emit) -> None:
        """Take a life-cycle line: emit it, and the resets it means."""
        emit(Lifecycle(time, at, life.daemon or "lmgrd", life.what, life.up))
        met = self.by_name.get(life.daemon)
        if met:
            met.proven = True
        if life.reset and life.daemon:
            self._known.add(life.daemon)
        for daemon in [met] if met else [] if life.daemon else self._each():
            if life.reset:
                emit(Reset(time, at, daemon.name, daemon.last, started=True))
            if life.up is not None:
                daemon.up, daemon.down_at = life.up, at
        if life.reset and met is None:
            emit(Reset(time, at, life.daemon, time, started=True))

    def list_package(self, daemon: Daemon, message: str, time: int, at: int, emit: Emit) -> bool:
        """Take a line of a list of components; return whether it is one."""
        listed, found = message, False
        while True:
            if not daemon.package:
                before, opening, listed = listed.partition(_CONSISTING)
                name = before[-_LONGEST_NAME:].split()
                if not opening or not name:
                    return found
                daemon.package = name[-1]
            elif not _NAMES.match(listed):
                daemon.package = ""
                return found
            found = True
            names, closed, listed = listed.partition(")")
            for component in _WORD.findall(names):
                emit(Package(time, at, daemon.name, daemon.package, component))
            if not closed:
                return True
            daemon.package = ""

    def revive(self, events: Iterable[Event]) -> None:
        """Take a daemon for running again that checks something out after its exit, whatever the log left out."""
        down = {daemon.name: daemon for daemon in self._each() if not daemon.up}
        for event in events if down else ():
            if isinstance(event, Start) and (daemon := down.get(event.vendor)) and event.at > daemon.down_at:
                daemon.up = True

    def rebase(self, time: int, at: int, emit: Emit) -> None:
        """Begin a new stretch: what is open ends, and the stream counts as new."""
        for daemon in self._each():
            emit(Reset(time, at, daemon.name, daemon.last, started=False))
        emit(Reset(time, at, "", time, started=False))
        self.by_name.clear()

    def move(self, move: Callable[[int], int]) -> None:
        """Move all times."""
        for daemon in self._each():
            daemon.last = move(daemon.last)

    def state(self) -> Json:
        """Return what `restore` needs."""
        met = {
            name: [daemon.name, daemon.last, daemon.up, daemon.package, daemon.proven]
            for name, daemon in self.by_name.items()
        }
        return {"met": met, "known": sorted(self._known)}

    def restore(self, state: Mapping[str, Json]) -> None:
        """Go on from a saved state."""
        self._known = set(state["known"])
        self.by_name.clear()
        for name, (own, last, up, package, proven) in state["met"].items():
            self.by_name[name] = self.by_name.get(own) or Daemon(own, last, up, package=package, proven=proven)

    def _each(self) -> list[Daemon]:
        return [daemon for name, daemon in self.by_name.items() if name == daemon.name]
