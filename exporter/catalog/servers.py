"""In which formats a line names the server that it tells of, so that one log tells of many."""

from __future__ import annotations

NAMED_BY_LINES = frozenset({"startstop", "lmod"})
"""Formats; of their sources, `server` names the log as a whole."""
