"""
Which files called wtmp are laid out otherwise than records of 384 bytes, told by how they begin.

glibc has 384 bytes where its ``struct utmp`` keeps times of 32 bits (x86, and most hosts of 32 bits), and 400 bytes on
newer architectures (aarch64, riscv64); hosts of the other byte order have it turned round. Newer distributions write
SQLite's wtmpdb instead.
"""

from __future__ import annotations

import re
from struct import Struct, unpack_from

from exporter.errors import ForeignLayout

RECORD = 384
"""Bytes of a record."""
EARLIEST = 631_152_000
"""1990-01-01: no host that writes this layout is older; such a time is of a clock that was never set."""
TYPES = range(10)
"""What ut_type can be: EMPTY to ACCOUNTING."""

_SQLITE = b"SQLite format 3\0"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
"""Bytes that no text has."""
_TYPE = Struct("<h")
_TIME_64 = 344
"""Where records of 400 bytes have their time; here it is the microseconds."""
_TIME = 340
_WANTED = "Seatwatch reads the wtmp of x86 Linux: binary records of 384 bytes."


def refuse_other_layouts(head: bytes) -> None:
    """Raise ForeignLayout when *head*, the begin of a file with a record at least, is of another layout."""
    first = head[:RECORD]
    if first.startswith(_SQLITE):
        raise ForeignLayout(
            f"This is a database of SQLite, as wtmpdb keeps one. {_WANTED} Name the wtmp from before the change, or "
            "leave this source out."
        )
    if not _CONTROL.search(first):
        raise ForeignLayout(
            f"This is text, as last or utmpdump prints it. {_WANTED} Name the binary file; of what utmpdump printed, "
            "`utmpdump -r` makes one."
        )
    if any(_TYPE.unpack_from(head, at)[0] in TYPES for at in range(0, len(head) - 1, RECORD)):
        if len(first) == RECORD and _is_time(first, "<I", _TIME_64) and not _is_time(first, "<I", _TIME):
            raise ForeignLayout(
                f"This has records of 400 bytes, as hosts of aarch64 or riscv64 write them. {_WANTED} Leave this "
                "source out."
            )
        return
    if len(first) == RECORD and unpack_from(">h", first)[0] in TYPES and _is_time(first, ">I", _TIME):
        raise ForeignLayout(
            f"Its numbers are turned round, as big-endian hosts (s390x, older ppc64) write them. {_WANTED} Leave this "
            "source out."
        )
    raise ForeignLayout(f"None of its first records is one of a wtmp. {_WANTED} Look whether the path is right.")


def _is_time(record: bytes, shape: str, at: int) -> bool:
    return bool(unpack_from(shape, record, at)[0] >= EARLIEST)
