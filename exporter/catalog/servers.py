"""In which formats a line names the server that it tells of, so that one log tells of many."""

from __future__ import annotations

LMOD = "lmod"
"""The format of module loads, and the vendor of all modules."""
NAMED_BY_LINES = frozenset({"startstop", LMOD})
"""Formats; of their sources, `server` names the log as a whole."""
