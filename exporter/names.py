"""
Names as the logs hold them, and as people read them.

A *raw* name is latin-1 of its bytes: one character a byte, lossless. Pairing uses raw names; a name is decoded once,
when it is first seen (design rule 3.17): UTF-8, else cp1252; control characters become U+FFFD.
"""

from __future__ import annotations

import re

_ESCAPED = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def decode(raw: str) -> str:
    """Return the readable form of a raw name."""
    if raw.isascii() and raw.isprintable():
        return raw
    data = raw.encode("latin-1")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return _CONTROL.sub("\ufffd", text)


def encode(text: str) -> str:
    """Return a raw name that reads as *text*."""
    return text.encode("utf-8").decode("latin-1")


def shown(path: str) -> str:
    """Return a path, which may hold any bytes, so that it can be printed and stored anywhere."""
    if path.isprintable():
        return path
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").translate(_ESCAPED)


def split_who(who: str) -> tuple[str, str]:
    """Split ``user@host`` at its last ``@``."""
    user, _, host = who.rpartition("@")
    return user, host
