"""Records of a wtmp, written down by hand: from the text that `utmpdump` prints to their bytes, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import NamedTuple

EMPTY, RUN_LVL, BOOT_TIME, NEW_TIME, OLD_TIME, INIT, LOGIN, USER, DEAD, ACCOUNTING = range(10)
"""ut_type, in the order of <bits/utmp.h>."""
SIZE = 384
_LAYOUT = Struct("<hxxi32s4s32s256shhiIi16s20x")
_DUMPED = re.compile(
    r"\[(-?\d+)\] \[(-?\d+)\] \[(.{4})\] \[(.*?) *\] \[(.*?) *\] \[(.*?) *\] \[([0-9.]+) *\] "
    r"\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d),(\d{6})\+00:00\]"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Record(NamedTuple):
    """One record; *time* is its UTC second. Names are raw: latin-1 of their bytes."""

    type: int
    time: int
    line: str = ""
    user: str = ""
    host: str = ""
    pid: int = 0
    id: str = ""
    microseconds: int = 0
    address: bytes = bytes(16)

    def packed(self) -> bytes:
        """Return its 384 bytes."""
        line, id_, user, host = (name.encode("latin-1") for name in (self.line, self.id, self.user, self.host))
        return _LAYOUT.pack(
            *(self.type, self.pid, line, id_, user, host),
            *(0, 0, 0, self.time, self.microseconds, self.address),
        )

    def dumped(self) -> str:
        """Return it as `utmpdump` prints it."""
        moment = (_EPOCH + timedelta(seconds=self.time)).strftime("%Y-%m-%dT%H:%M:%S")
        address = ".".join(str(byte) for byte in self.address[:4])
        return (
            f"[{self.type}] [{self.pid:05d}] [{self.id:<4.4}] [{self.user:<8}] [{self.line:<12}] [{self.host:<20}] "
            f"[{address:<15}] [{moment},{self.microseconds:06d}+00:00]"
        )


def boot(time: int, kernel: str = "6.1.0-18-amd64") -> Record:
    """Return what a host writes when it has been booted."""
    return Record(BOOT_TIME, time, "~", "reboot", kernel, id="~~")


def shutdown(time: int, kernel: str = "6.1.0-18-amd64") -> Record:
    """Return what a host writes when it is shut down."""
    return Record(RUN_LVL, time, "~", "shutdown", kernel, id="~~")


def run_level(time: int, level: str) -> Record:
    """Return what a host writes when it has come to a run level."""
    return Record(RUN_LVL, time, "~", "runlevel", "6.1.0-18-amd64", pid=ord(level), id="~~")


def login(time: int, line: str, user: str, host: str = "", pid: int = 1000) -> Record:
    """Return what a login writes."""
    return Record(USER, time, line, user, host, pid, line[-4:])


def logout(time: int, line: str, pid: int = 999) -> Record:
    """Return what the end of a login writes: no name, and the process is another one."""
    return Record(DEAD, time, line, pid=pid, id=line[-4:])


def packed(records: Iterable[Record]) -> bytes:
    """Return a wtmp of *records*."""
    return b"".join(record.packed() for record in records)


def read_dump(text: str) -> list[Record]:
    """Return the records that `utmpdump` printed as *text*, a record a line; lines that begin with # are for people."""
    records = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            found = _DUMPED.fullmatch(line)
            assert found, f"not as utmpdump prints it: {line}"
            kind, pid, id_, user, tty, host, address, moment, microseconds = found.groups()
            second = (datetime.fromisoformat(moment + "+00:00") - _EPOCH) // timedelta(seconds=1)
            raw = bytes(int(byte) for byte in address.split(".")).ljust(16, b"\0")
            records.append(Record(int(kind), second, tty, user, host, int(pid), id_.rstrip(), int(microseconds), raw))
    return records
