"""
Text from logs and file systems, made safe to show.

Names, lines and paths are data: whatever they hold, they can neither steer a terminal nor be read as rich markup.
"""

from __future__ import annotations

import os
import unicodedata

from rich.text import Text

_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that act on a terminal or can't be written: controls, directions, surrogates, separators."""


def clean(text: str) -> str:
    """Return *text* on one line: tabs become spaces, what can't be shown becomes U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if char == "\t" else "\ufffd" if unicodedata.category(char) in _UNSHOWN else char for char in text
    )


def path_text(path: bytes) -> str:
    """Return a path of the ledger for people; bytes that don't decode become U+FFFD."""
    return clean(os.fsdecode(path))


def cell(text: str, style: str = "") -> Text:
    """Return *text* as one line for rich: nothing in it is markup, and what is too wide is folded, not cut."""
    return Text(clean(text), style=style, overflow="fold")
