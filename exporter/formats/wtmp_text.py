"""A record of a wtmp in words, for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from struct import Struct

from exporter.formats.wtmp_layouts import RECORD, TYPES
from exporter.names import decode

_FIELDS = Struct("<hxxi32s4x32s256s8xI40x")
_NAMES = (
    *("EMPTY", "RUN_LVL", "BOOT_TIME", "NEW_TIME", "OLD_TIME"),
    *("INIT_PROCESS", "LOGIN_PROCESS", "USER_PROCESS", "DEAD_PROCESS", "ACCOUNTING"),
)
"""Of ut_type, as <bits/utmp.h> has them."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text_of(record: bytes) -> str:
    """Return what a *record* says, or what is there of it: ``USER_PROCESS pts/0 amber 192.0.2.7 pid 812 at ...``."""
    if len(record) < RECORD:
        return f"a torn record of {len(record)} bytes"
    kind, pid, line, user, host, time = _FIELDS.unpack(record)
    names = (decode(field.partition(b"\0")[0].decode("latin-1")) for field in (line, user, host))
    said = [_NAMES[kind] if kind in TYPES else f"ut_type {kind}", *filter(None, names), f"pid {pid}"]
    return f"{' '.join(said)} at {_EPOCH + timedelta(seconds=time):%Y-%m-%dT%H:%M:%SZ}"
