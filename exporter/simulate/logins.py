"""
The wtmp of a make-believe host: people log in from their desks, a few at its consoles, and it is booted now and then.

Some logouts are never written: those sessions last until the next login on their line, until the host is booted, or for
`LONGEST`, as a reader of the log has to take it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from struct import Struct
from typing import Any

from exporter.simulate.agenda import Agenda
from exporter.simulate.journal import Line
from exporter.simulate.localtime import DAY, LocalTime
from exporter.simulate.pace import Pace
from exporter.simulate.site import Site

LONGEST = 7 * DAY
_HOURLY = 12.0
"""Logins an hour while everybody works."""
_MINUTES = 70.0
_LOST, _CONSOLES, _CRASHES = 0.03, 0.1, 0.3
"""Shares of the logouts that are never written, of the logins at a console, of the boots after a crash."""
_RUN_LVL, _BOOT_TIME, _USER_PROCESS, _DEAD_PROCESS = 1, 2, 7, 8
_LAYOUT = Struct("<hxxi32s4s32s256s8xI40x")
"""glibc's struct utmp of 384 bytes: ut_type, ut_pid, ut_line, ut_id, ut_user, ut_host, the seconds of ut_tv."""
_KERNEL = "6.1.0-18-amd64"


class Record(Line):
    """A record of a wtmp; *text* is latin-1 of its bytes."""

    __slots__ = ()

    @property
    def data(self) -> bytes:
        """The bytes."""
        return self.text.encode("latin-1")


@dataclass(slots=True, eq=False)
class Login:
    """A login as a reader of the log sees it."""

    line: str
    user: str
    host: str
    pid: int
    start: int

    def row(self, server: str, end: int | None, reason: str | None) -> dict[str, Any]:
        """Return the login as a row of the truth; *end* is None while it lasts."""
        key = {"server": server, "vendor": "wtmp", "feature": "login", "user": self.user, "host": self.host}
        times = {"start": self.start, "end": end, "end_reason": reason, "start_inferred": False}
        display = f"{'remote' if self.host else 'console'} {self.line}"
        return {"kind": "session", **key, "display": display, "seats": 1, **times, "spans": [[self.start, end, 1]]}


class LoginEngine:
    """A host and who logs in to it; everything random comes from one generator."""

    def __init__(self, seed: int, site: Site, local: LocalTime, pace: Pace) -> None:
        """Take the site's people; the host is called as its licence server."""
        del local  # records have no wall clock
        self.agenda = Agenda()
        self._pace, self._site = pace, site
        self._random = Random(seed)  # noqa: S311 - a repeatable sequence is the point
        self._there: set[str] = set()
        """Lines on which somebody really is."""
        self._open: dict[str, Login] = {}
        """By line, what the log has open."""
        self._lines: list[Line] = []
        self._ended: list[dict[str, Any]] = []
        self._now = 0

    def begin(self, time: float) -> None:
        """Boot the host, and let people come."""
        self._now = int(time)
        self._write(_BOOT_TIME, 0, "~", "reboot", _KERNEL)
        self._plan_login(time)

    def plan_day(self, number: int, morning: float, seconds: float) -> None:
        """Let the host be booted in the course of every fifth day."""
        if number % 5 == 4:
            self.agenda.at(morning + self._random.random() * seconds, self._boot)

    def mark(self, _time: float) -> None:
        """Do nothing: where clocks change, nothing happens to times of UTC."""

    def step(self, until: float, not_before: float = 0.0) -> bool:
        """Do what `exporter.simulate.engine.Engine.step` does."""
        entry = self.agenda.next(until)
        if entry is None:
            return False
        time = max(entry.time, not_before)
        self._now = max(self._now, int(time))
        entry.action(time, *entry.given)
        return True

    def lines(self) -> Iterable[Line]:
        """Return the records written since the last call."""
        lines, self._lines = self._lines, []
        return lines

    def truth(self, over: bool) -> Iterator[dict[str, Any]]:
        """Yield what has ended since the last call; with *over* also what is still open."""
        ended, self._ended = self._ended, []
        yield from ended
        if over:
            yield from (login.row(self._site.host, None, None) for login in self._open.values())

    def _plan_login(self, time: float) -> None:
        hourly = _HOURLY * self._site.scale
        self.agenda.at(time + self._pace.seconds(self._random.expovariate(hourly) * 3600), self._log_in)

    def _log_in(self, time: float) -> None:
        self._plan_login(time)
        if self._random.random() >= self._pace.activity(time):
            return
        person, console = self._random.choice(self._site.people), self._random.random() < _CONSOLES
        places = (f"tty{number}" for number in count(1)) if console else (f"pts/{number}" for number in count())
        line = next(place for place in places if place not in self._there)
        login = Login(line, person.user, "" if console else person.desk, self._random.randrange(300, 32_768), self._now)
        self._write(_USER_PROCESS, login.pid, line, login.user, login.host)
        if line in self._open:
            self._end(line, self._now, "superseded")
        self._there.add(line)
        self._open[line] = login
        seconds = min(self._random.expovariate(1 / (_MINUTES * 60)), DAY)
        self.agenda.at(time + self._pace.seconds(seconds), self._log_out, login)

    def _log_out(self, _time: float, login: Login) -> None:
        if self._open.get(login.line) is login and login.line in self._there:
            self._there.discard(login.line)
            if self._random.random() >= _LOST:
                self._write(_DEAD_PROCESS, login.pid - 6, login.line)
                self._end(login.line, self._now, "returned")

    def _boot(self, _time: float) -> None:
        crashed = self._random.random() < _CRASHES
        if not crashed:
            self._write(_RUN_LVL, 0, "~", "shutdown", _KERNEL)
            self._end_all("shutdown")
        self._write(_BOOT_TIME, 0, "~", "reboot", _KERNEL)
        self._end_all("reset")
        self._there.clear()

    def _end_all(self, reason: str) -> None:
        for line in list(self._open):
            self._end(line, self._now, reason)

    def _end(self, line: str, end: int, reason: str) -> None:
        self._ended.append(self._open.pop(line).row(self._site.host, end, reason))

    def _write(self, kind: int, pid: int, line: str, user: str = "", host: str = "") -> None:
        """Write a record; before it, what has been open for too long is over."""
        for login in [login for login in self._open.values() if login.start + LONGEST < self._now]:
            self._end(login.line, login.start + LONGEST, "expired")
        names = (name.encode()[:size] for name, size in ((line, 32), (line[-4:], 4), (user, 32), (host, 256)))
        self._lines.append(Record(self._now, _LAYOUT.pack(kind, pid, *names, self._now).decode("latin-1")))
