"""Numbers as people read them."""

from __future__ import annotations

from itertools import pairwise

_STEPS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def human_bytes(count: int) -> str:
    """Return ``0 B``, ``1023 B``, ``1.5 KiB``, ``12.0 GiB``."""
    if count < 1024:
        return f"{count} B"
    size = float(count)
    for unit in ("KiB", "MiB", "GiB"):
        size /= 1024
        if round(size, 1) < 1024:
            return f"{size:.1f} {unit}"
    return f"{size / 1024:.1f} TiB"


def human_duration(seconds: int) -> str:
    """Return the two largest units, cut and not rounded: ``3 d 4 h``, ``12 min 5 s``, ``8 s``; never below ``0 s``."""
    rest = max(0, seconds)
    for (unit, length), (next_unit, next_length) in pairwise(_STEPS):
        if rest >= length:
            smaller = rest % length // next_length
            return f"{rest // length} {unit}" + (f" {smaller} {next_unit}" if smaller else "")
    return f"{rest} s"


def human_age(then: float, now: float) -> str:
    """Return how long before *now* it was, ``3 d 4 h ago``; a time still to come is ``in 5 s``."""
    apart = int(now - then)
    return f"in {human_duration(-apart)}" if apart < 0 else f"{human_duration(apart)} ago"


def counted(count: int, noun: str) -> str:
    """Return ``1 session``, ``1,200 sessions``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
