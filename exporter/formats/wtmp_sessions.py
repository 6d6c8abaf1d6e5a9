"""Who is logged in where on one host: the sessions that a wtmp has open, by the line they are on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from exporter.records import Json

_PSEUDO_TERMINAL = re.compile(r"pts/|tty[p-za-e][0-9a-f]|pty")
_DISPLAY = re.compile(r"(?:unix)?:\d")
"""A display of X on this host, as a host name: of an X session, or of a terminal inside one."""
_SCREEN = re.compile(r":.*:S\.\d|tmux\(")
_FTP = re.compile(r"(vs)?ftp")
_NUMBER_AT_END = re.compile(r":?\d+$")
_UNKNOWN = "\x1a"
"""Stands for what would be read as the end of a name; it is shown as any control character is."""


class Held(NamedTuple):
    """An open session."""

    feature: str
    who: str
    display: str
    seats: int


class Open:
    """The open sessions of one host."""

    def __init__(self, machine: str) -> None:
        """Begin with none; *machine* stands in the display of each, '' where the server says which host it is."""
        self._machine = machine
        self._by_line: dict[str, Held] = {}

    def begin(self, line: str, feature: str, user: str, host: str) -> Held:
        """
        Return the session that a login (raw names) opens on a *line*; nobody else is on that any more.

        A terminal inside a session that this user has, of screen, tmux or X, takes no seat of its own.
        """
        who, kind_and_line, inside = _described(line, user, host)
        display = kind_and_line.replace(" ", f" {self._machine} ", 1) if self._machine else kind_and_line
        self._by_line.pop(line, None)
        held = Held(feature, who, display, 0 if inside and self._has_a_seat(who.rpartition("@")[0]) else 1)
        self._by_line[line] = held
        return held

    def _has_a_seat(self, user: str) -> bool:
        return any(held.seats and held.who.rpartition("@")[0] == user for held in self._by_line.values())

    def end(self, line: str) -> Held | None:
        """Return and forget the session that is open on a *line*, None where none is."""
        return self._by_line.pop(line, None)

    def end_all(self) -> None:
        """Forget all of them."""
        self._by_line.clear()

    def state(self) -> Json:
        """Return what `restore` needs."""
        return {line: list(held) for line, held in self._by_line.items()}

    def restore(self, state: Mapping[str, Json]) -> None:
        """Go on from a saved state."""
        self._by_line = {line: Held(*held) for line, held in state.items()}


def kind_of(line: str, host: str) -> str:
    """Return what kind of session a login from *host* on a *line* is: console, remote, X, ftp or screen."""
    if _FTP.match(line):
        return "ftp"
    if _SCREEN.match(host):
        return "screen"
    if _DISPLAY.match(host) or _DISPLAY.search(line):
        return "X"
    return "remote" if host and host != line else "console"


@lru_cache(maxsize=10_000)
def _described(line: str, user: str, host: str) -> tuple[str, str, bool]:
    """Return who a login is of, its kind and line, and whether it is of a terminal inside a session."""
    kind, place = kind_of(line, host), _clean(line)
    if kind == "ftp":
        place = _NUMBER_AT_END.sub("", place)  # of the process: each session would be at a place of its own
    inside = _PSEUDO_TERMINAL.match(line) and (_DISPLAY.match(host) or _SCREEN.match(host))
    return f"{_clean(user)}@{_clean(host).replace('@', _UNKNOWN)}", f"{kind} {place}", bool(inside)


def _clean(name: str) -> str:
    return name.replace("\n", _UNKNOWN)
