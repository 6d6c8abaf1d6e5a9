"""
Lmod's module loads, as the tracking hooks of a site write them to syslog: each load is a `Use`.

    Apr 27 03:22:57 n1 ModuleUsageTracking: user=ann module=gcc/5.4 path=/m/gcc/5.4.lua host=n1.c2.org time=1682580177.6
    Apr 27 03:22:57 n1 lmod: username=ann, jobid=7, userload=yes, module=gcc/5.4, fn=/m/gcc/5.4.lua

The first is what the hooks write that Lmod's documentation shows, and those in its contrib/tracking_module_usage, both
generations; the second is what contrib/more_hooks does. The first tells its own second, and a host whose second part is
the cluster; the second has only the time of its prefix, and belongs to the server of its log. Nothing tells that a
module is unloaded.

Nearly all lines have one plain shape, and say what was said before of who loads what where: these are taken apart at
four places and looked up. Every other line goes whole to the complete grammar, in order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

from exporter.catalog.servers import LMOD
from exporter.events import Event, Use
from exporter.formats.clock import EARLIEST
from exporter.formats.dated import When
from exporter.formats.linewise import Unreadable
from exporter.formats.syslog import Message, SyslogReader, message_of
from exporter.names import decode, encode
from exporter.records import Json, Reading

TAG, HOOKS_TAG = "ModuleUsageTracking", "lmod"
_MOST = {"user": 64, "module": 64, "path": 1024, "syshost": 32}
"""Characters that Lmod's own database keeps of each; what is longer is cut, as there."""
_KEYS = ("user", "module", "path", "host", "time")

_MARK = f" {TAG}"
_PROCESS = re.compile(r"\[\d*\]", re.ASCII)
_PLAIN_USER = re.compile(r"""user=([^\s"'=]+)""", re.ASCII)
_PLAIN_MODULE = re.compile(r"""([^\s"'=]+) path=([^\s"'=]+)""", re.ASCII)
_PLAIN_HOST = re.compile(r"""[^\s"'=@]+""", re.ASCII)
_Meaning = TypeVar("_Meaning", str, tuple[str, str])
_CACHED = 20_000
"""Users, modules and hosts that are remembered: the same ones are said again and again."""
_FIELD = re.compile(
    r"""(?:^|(?<=\s))(\w+)=(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|'([^']*)'(?=\s|$)|((?:(?!\s+\w+=).)*))""",
    re.ASCII | re.DOTALL,
)
"""Groups: key; value in double quotes, in single ones, or up to the next key."""
_BLANKS = " \t\r\n\f\v"
"""Other blanks of Python are bytes of names here."""
_ESCAPED = re.compile(r'\\(["\\])')
_SECOND = re.compile(r"(\d{1,12})(?:[.,]\d*)?", re.ASCII)
_HOOKS = re.compile(
    r'username="?(.*?)"?, jobid="?.*?"?, userload="?(?:yes|no)"?, module="?(.*?)"?(?:, fn="?(.*?)"?)?', re.DOTALL
)
"""Groups: user, module, path."""
_AGAIN = re.compile(r"message repeated (\d{1,6}) times?: \[ ?(.*?) ?\]", re.ASCII | re.DOTALL)
_REPEATED = re.compile(r".*:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)? (\S+) last message repeated (\d{1,6}) times?", re.ASCII)
"""Groups: host of the prefix, how often the line before it came again."""

_new = tuple.__new__  # half the price of calling the class; the fields are in the order of `exporter.events`


class LmodReader(SyslogReader):
    """Reads one stream of module loads; implements `exporter.ports.Format`."""

    def __init__(self, zone: ZoneInfo, first_year: int | None = None) -> None:
        """Begin a new stream; *zone* and *first_year* are of lines that tell no second of their own."""
        super().__init__(zone, (TAG, HOOKS_TAG), first_year)
        self._plain = _Plain()
        self._before: tuple[str, Use] | None = None
        """The load that the line before told, with the host of its prefix; None where it told none."""

    def when(self, message: Message) -> When | None:
        """Return what a message tells of its time: its own second, where it has one."""
        if message.tag != TAG:
            return message.when
        try:
            found = _SECOND.fullmatch(_fields(_once(message.text)[0]).get("time", ""))
        except Unreadable:
            return None
        return int(found[1]) if found else None

    def read_message(self, message: Message, at: int) -> Sequence[Event]:
        """Return the load that a message tells, none where it tells something else. Raises Unreadable, NotBelieved."""
        text, uses = _once(message.text)
        use = self._load(text, at, uses) if message.tag == TAG else self._hooked(message.when, text, at, uses)
        if use is None:
            if message.when is not None:
                self.at_time(message.when)
            return ()
        self._before = message.host, use
        return (use,)

    def tell(self, line: str, at: int) -> Sequence[Event]:
        """Return the load of *line*, or those of the line before that *line* says came again."""
        before, self._before = self._before, None
        told = super().tell(line, at)
        if not told and before is not None and "last message repeated" in line:
            found = _REPEATED.fullmatch(line)
            if found is not None and found[1] == before[0]:
                return (before[1]._replace(at=at, uses=int(found[2])),)
        return told

    def state(self) -> dict[str, Json]:
        """Return what `restore` needs."""
        before = self._before and [self._before[0], *self._before[1]]
        return {**super().state(), "before": before}

    def restore(self, state: Mapping[str, Json]) -> None:
        """Go on from a saved state."""
        super().restore(state)
        before = state["before"]
        self._before = before and (before[0], Use(*before[1:]))

    def _load(self, text: str, at: int, uses: int) -> Use | None:
        fields = _fields(text)
        if not fields:
            return None  # others write under this tag, too
        lacking = [key for key in _KEYS if not fields.get(key)]
        if lacking:
            raise Unreadable(f"it lacks {', '.join(lacking)}")
        second = _SECOND.fullmatch(fields["time"])
        if second is None:
            raise Unreadable("its time is no number of seconds")
        cluster = _cluster(fields["host"])
        if not cluster:
            raise Unreadable("its host has no name")
        user, module, path = (_cut(fields[key], key) for key in ("user", "module", "path"))
        time = self.at_time(int(second[1]))
        return Use(time, at, cluster, LMOD, module, f"{user}@{fields['host']}", path, uses)

    def _hooked(self, when: When | None, text: str, at: int, uses: int) -> Use | None:
        """Return the load in a message of contrib/more_hooks, None for a command or an error."""
        found = _HOOKS.fullmatch(text)
        if found is None:
            return None
        if not found[1] or not found[2]:
            raise Unreadable("it lacks the user or the module")
        if when is None:
            raise Unreadable("it has no time")
        time = self.at_time(when)
        user, module, path = _cut(found[1], "user"), _cut(found[2], "module"), _cut(found[3] or "", "path")
        return Use(time, at, "", LMOD, module, f"{user}@", path, uses)

    def _read_lines(self, text: str, at: int, reading: Reading, *, every: bool) -> None:
        """Read lines, of which the first is at offset *at*; leave the time of the last in `_time`."""
        if every:
            super()._read_lines(text, at, reading, every=True)
            return
        emit, not_after, plain = reading.events.append, self._not_after, self._plain
        users, modules, clusters = plain.users, plain.modules, plain.clusters
        understood = last = oldest = newest = 0
        use: Use | None = None
        before = host = logged = ""
        for line in text.removesuffix("\n").split("\n"):
            time = 0
            head, tagged, rest = line.partition(_MARK)
            if tagged:
                process, _, said = rest.partition(": ")
                load, _, moment = said.rpartition(" time=")
                by, _, load = load.partition(" module=")
                what, _, on = load.rpartition(" host=")
                user = users.get(by) or plain.user(by)
                module, path = modules.get(what) or plain.module(what)
                cluster = clusters.get(on) or plain.cluster(on)
                if head != before:
                    before, logger = head, message_of(f"{head}{_MARK}:")
                    host = "" if logger is None or logger.tag != TAG else logger.host
                second, _, fraction = moment.partition(".")
                if user and module and cluster and host and not (process and _PROCESS.fullmatch(process) is None):
                    known = second.isdecimal() and (not fraction or fraction.isdecimal())
                    time = int(second) if known and len(second) < 12 else 0
            if not EARLIEST <= time <= not_after:
                if use is not None:
                    self._pass_over(last, oldest, newest)
                    self._before, use = (logged, use), None
                super()._read_lines(line, at, reading, every=False)
                at += len(line) + 1
                continue
            if use is None:
                oldest = newest = time
            elif time > newest:
                newest = time
            elif time < oldest:
                oldest = time
            use = _new(Use, (time, at, cluster, LMOD, module, f"{user}@{on}", path, 1))
            emit(use)
            understood, last, logged = understood + 1, time, host
            at += len(line) + 1
        if use is not None:
            self._pass_over(last, oldest, newest)
            self._before = logged, use
        if understood:
            reading.tally["understood"] = reading.tally.get("understood", 0) + understood

    def _pass_over(self, last: int, oldest: int, newest: int) -> None:
        """Take note of plain lines between *oldest* and *newest*, of which the last one was of *last*."""
        for time in {oldest, newest} - {last}:
            self.at_time(time)
        self.at_time(last)


class _Plain:
    """The parts of plain messages that were met, and what they mean: "" where a part is not plain."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        self.modules: dict[str, tuple[str, str]] = {}
        self.clusters: dict[str, str] = {}

    def user(self, text: str) -> str:
        """Return the user."""
        found = _PLAIN_USER.fullmatch(text)
        return _keep(self.users, text, _cut(found[1], "user")) if found else ""

    def module(self, text: str) -> tuple[str, str]:
        """Return the module and its path."""
        found = _PLAIN_MODULE.fullmatch(text)
        return _keep(self.modules, text, (_cut(found[1], "module"), _cut(found[2], "path"))) if found else ("", "")

    def cluster(self, text: str) -> str:
        """Return the cluster of a host."""
        return _keep(self.clusters, text, _cluster(text)) if _PLAIN_HOST.fullmatch(text) else ""


def _keep(known: dict[str, _Meaning], text: str, meaning: _Meaning) -> _Meaning:
    """Remember what a text means, and return it."""
    if len(known) >= _CACHED:
        known.clear()
    known[text] = meaning
    return meaning


def _once(text: str) -> tuple[str, int]:
    """Return a message, and how often it came: rsyslog may have put several that are alike into one."""
    found = _AGAIN.fullmatch(text.rstrip(_BLANKS)) if text.startswith("message repeated ") else None
    return (text, 1) if found is None else (found[2], int(found[1]))


def _fields(text: str) -> dict[str, str]:
    """Return the values that a message gives of the keys that make a load. Raises Unreadable."""
    fields: dict[str, str] = {}
    for key, quoted, single, bare in _FIELD.findall(text):
        if key not in _KEYS:
            continue
        if key in fields:
            raise Unreadable(f"it says {key} twice")
        fields[key] = _ESCAPED.sub(r"\1", quoted) or single or bare.strip(_BLANKS)
    return fields


def _cluster(host: str) -> str:
    """Return the cluster that a host belongs to: the second part of its name, or all of a name without parts."""
    parts = host.split(".", 2)
    return _cut(parts[len(parts) > 1], "syshost")


def _cut(raw: str, what: str) -> str:
    """Return a raw name, no longer than it may be."""
    return raw if len(raw) <= _MOST[what] else encode(decode(raw)[: _MOST[what]])
