"""
What a service manager is told of the service: systemd's notify protocol, sd_notify(3).

The manager names a datagram socket in ``NOTIFY_SOCKET``, by a path or, behind an ``@``, in the abstract namespace.
Where it watches the process it says so in ``WATCHDOG_USEC`` and ``WATCHDOG_PID``, sd_watchdog_enabled(3), and ends it
after so many microseconds without a sign of life.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping

from exporter.logs import StateLog
from exporter.ports import Clock

_SIGNS = 4
"""Signs of life for each span that the watchdog grants."""
_PATIENCE = 1.0
"""Seconds that the manager may take to make room for a message."""

_log = logging.getLogger(__name__)


class ServiceManager:
    """Who started this process and wants to know how it does; where nobody does, nothing is said."""

    def __init__(self, environment: Mapping[str, str], pid: int, clock: Clock) -> None:
        """Take the environment that the process was started with, and its *pid*."""
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._clock = clock
        self._apart = _span(environment, pid) / _SIGNS
        """Seconds between signs of life; 0: none are wanted."""
        self._last: float | None = None
        """The monotonic second of the last one."""
        self._states = StateLog(_log)

    def ready(self) -> None:
        """Say that the service has started, or goes on after it has read its configuration again."""
        self._tell("READY=1", "STATUS=Collecting.")

    def reloading(self) -> None:
        """Say that the service reads its configuration again; `ready` has to follow."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={int(self._clock.monotonic() * 1_000_000)}")

    def stopping(self) -> None:
        """Say that the service ends."""
        self._tell("STOPPING=1", "STATUS=Ending.")

    def alive(self) -> None:
        """Give a sign of life, if one is wanted and due; to be called by what must not hang."""
        now = self._clock.monotonic()
        if self._apart and (self._last is None or now - self._last >= self._apart):
            self._last = now
            self._tell("WATCHDOG=1")

    def _tell(self, *words: str) -> None:
        """Send the words; one that isn't heard is logged, and ends nothing."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(_PATIENCE)
                sender.sendto("\n".join(words).encode(), self._address)
        except OSError as error:
            told = "The service manager can't be told how the service does."
            self._states.note("manager", error.strerror or str(error), logging.WARNING, told)
        else:
            self._states.note("manager", None, logging.INFO, "The service manager can be told again.")


def _address(name: str) -> str:
    """Return the address of the socket that is so called, '' where it is none of this machine's."""
    if name.startswith("@"):
        return f"\0{name[1:]}"
    return name if name.startswith("/") else ""


def _span(environment: Mapping[str, str], pid: int) -> float:
    """Return the seconds that the watchdog grants this process, 0 where it isn't watched."""
    granted = environment.get("WATCHDOG_USEC", "")
    if not granted.isdecimal() or environment.get("WATCHDOG_PID", str(pid)) != str(pid):
        return 0.0
    return int(granted) / 1_000_000
