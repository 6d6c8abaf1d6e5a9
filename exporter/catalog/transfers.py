"""What the formats, the configuration and the reports have to say alike of transfers: their products."""

from __future__ import annotations

DIRECTIONS = RECEIVED, SENT, BOTH = "rx", "tx", "trx"
"""Which way files go; the ledger has them where a feature has its vendor."""
EVERYTHING, OTHER = "All", "other"
"""The pattern that fits every product, and what is shown of files that no pattern fits."""
_WILD = frozenset("*?[")


def pattern_of(text: str) -> str:
    """Return the pattern of shells that a product of pxStats stands for: one without signs may stand anywhere."""
    if text == EVERYTHING:
        return "*"
    return text if _WILD & set(text) else f"*{text}*"
