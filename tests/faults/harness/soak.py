"""What a long run of faults has seen, in figures."""

from __future__ import annotations

import os
import time
from pathlib import Path


class Figures:
    """The figures of one soak; `tell` writes them down."""

    def __init__(self, name: str) -> None:
        """Begin to measure; *name* is what the run is called."""
        self.peak_memory = self.peak_files = 0
        """Bytes resident, and files open, at most."""
        self._name = name
        self._begun = time.monotonic()

    def look_at(self, pid: int) -> None:
        """Take note of the memory and the open files of a process, which may be gone."""
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        except (OSError, IndexError):
            return
        self.peak_memory = max(self.peak_memory, pages * os.sysconf("SC_PAGE_SIZE"))
        self.peak_files = max(self.peak_files, files)

    def tell(self, **counts: int) -> str:
        """Return the figures in one line; it is added to the file that ``SOAK_REPORT`` names."""
        told = [f"{count} {what.replace('_', ' ')}" for what, count in counts.items()]
        if self.peak_memory:
            told += [f"{self.peak_memory >> 20} MiB at most", f"{self.peak_files} open files at most"]
        line = f"{self._name}: {', '.join(told)}, {time.monotonic() - self._begun:.0f} s"
        if report := os.environ.get("SOAK_REPORT"):
            with Path(report).open("a", encoding="utf-8") as page:
                page.write(f"{line}\n")
        return line
