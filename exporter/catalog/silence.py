"""How long the log of a running server may be silent, by format: one that is silent for longer tells of a dead one."""

from __future__ import annotations

from collections.abc import Mapping

STALE_AFTER: Mapping[str, int] = {"flexlm": 7 * 3600}
"""Seconds; formats that aren't here have no heartbeat, so that silence says nothing (design rule 3.8)."""
