"""A server of others that runs while a test looks at it: as nobody where we are root, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.running import Program

_NOBODY = 65534


class Unprivileged:
    """A folder, and one program at a time that runs in it."""

    def __init__(self, name: str) -> None:
        """Make the folder; pytest's own are closed to other users."""
        self.folder = Path(tempfile.mkdtemp(prefix=f"seatwatch-{name}-"))
        self._name = name
        self._runs: Program | None = None
        self._starts = 0
        self._words: list[str] = []
        if os.geteuid() == 0:
            os.chown(self.folder, _NOBODY, _NOBODY)
            self._words = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> Program:
        """Start the program *words*; what it writes goes to a file of its own."""
        assert self._runs is None, f"{self._name} runs"
        self._starts += 1
        everything = {**os.environ, **(env or {})}
        self._runs = Program(self.folder, f"{self._name}-{self._starts}", *self._words, *words, env=everything)
        return self._runs

    def end(self, number: int) -> None:
        """End the program, if it runs, by a signal."""
        if self._runs is not None:
            if self._runs.runs:
                os.killpg(self._runs.pid, number)
            self._runs.stop()
            self._runs = None

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder)
