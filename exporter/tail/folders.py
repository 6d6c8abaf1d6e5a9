"""Which entries of a folder belong to which log: listed once for all that lie in it, where nothing changes there."""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116, PTH208

from __future__ import annotations

import os
from collections.abc import Sequence

from exporter.ports import Clock
from exporter.tail import rotation

_SETTLED = 1.0
"""
Age of a folder's mtime, in seconds, at which every later change is sure to move it.

A file server's clock may be ahead of ours: an mtime that was seen so long ago is as old at least.
"""
_BELIEVED = 1.0
"""Seconds for which a listing is used again: what network mounts tell of a folder may itself be old."""

_State = tuple[int, int, int, int]
"""Device, inode, mtime and ctime in ns."""
_Named = dict[str, list[str]]
"""Entries by their name without rotation mark."""


class Folders:
    """Lists folders for the logs of one collector."""

    def __init__(self, clock: Clock | None = None) -> None:
        """Know none; without *clock* none is remembered."""
        self._clock = clock
        self._known: dict[str, tuple[_State, float, _Named]] = {}
        self._since: dict[str, tuple[_State, float]] = {}
        """State of a folder, and the monotonic second at which it was seen first."""

    def named(self, prefix: str, base: str) -> Sequence[str]:
        """
        Return the paths in the folder *prefix* (with its ``/``, empty: the working one) that *base* or a mark names.

        Raises OSError.
        """
        status = os.stat(prefix or ".")
        now = status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns
        known = self._known.get(prefix)
        if self._clock and known and known[0] == now and self._clock.monotonic() - known[1] < _BELIEVED:
            return known[2].get(base, ())
        listed: _Named = {}
        for entry in os.listdir(prefix or "."):
            listed.setdefault(rotation.split(entry)[0], []).append(prefix + entry)
        if self._clock and self._has_settled(prefix, now, self._clock):
            self._known[prefix] = now, self._clock.monotonic(), listed
        else:
            self._known.pop(prefix, None)
        return listed.get(base, ())

    def _has_settled(self, prefix: str, state: _State, clock: Clock) -> bool:
        """Say whether a folder has been in *state*, as it was before it was listed, for so long that a change shows."""
        monotonic = clock.monotonic()
        seen, since = self._since.get(prefix, (None, monotonic))
        if seen != state:
            self._since[prefix], since = (state, monotonic), monotonic
        return monotonic - since > _SETTLED or clock.now() - max(state[2:]) / 1e9 > _SETTLED
