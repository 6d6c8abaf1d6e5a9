"""
A process that writes a log and rotates it, as it is told on stdin: one JSON array a line, ``[name, {arguments}]``.

The log is there when it says ``ready``; it answers each command with its name when it is carried out. What it writes it
notes first in the truth file: a line ``generation seq`` for each line of the log, in order.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

from tests.faults.harness.log_lines import line
from tests.faults.harness.rotating import make_room, pack, rotated


class LogWriter:
    """One log with its rotated generations, and the truth about it."""

    def __init__(self, log: Path, truth: Path, eol: str) -> None:
        """Begin generation 0 with the first line that is written."""
        self._log = log
        self._truth = truth.open("a", encoding="ascii")
        self._eol = eol
        self._generation = self._seq = self._nth = 0
        self._held = b""
        """The end of a torn line, written before anything else is."""
        self._file = log.open("ab", buffering=0)

    def write(self, lines: int, at_once: int = 1 << 20, pause: float = 0.0, hold: int = 0) -> None:
        """
        Write so many *lines*, *at_once* bytes at a time with a *pause* in seconds after each.

        The last *hold* bytes are kept back until the next write: the last line is torn.
        """
        data = self._held + "".join(map(self._next, range(lines))).encode("ascii")
        end = len(data) - hold
        self._held = data[end:]
        self._truth.flush()
        for start in range(0, end, at_once):
            self._file.write(data[start : min(start + at_once, end)])
            if pause:
                Event().wait(pause)

    def rename(self, pack_from: int = 0) -> None:
        """Rotate by renaming: `.1` is the newest; from number *pack_from* on they are gzipped, with 0 none is."""
        target = make_room(self._log)
        self._file.close()
        self._log.rename(target)
        self._begin()
        for number, path in rotated(self._log) if pack_from else []:
            if path.suffix != ".gz" and number >= pack_from:
                pack(path)

    def truncate(self, keep: bool = True) -> None:
        """Rotate by copying the log to `.1` and truncating it; without *keep* there is no copy."""
        if keep:
            shutil.copy2(self._log, make_room(self._log))
        self._file.truncate(0)
        self._begin()

    def rotate(self, times: int, lines: int, at_once: int = 1 << 20, pause: float = 0.0, pack_from: int = 0) -> None:
        """Rename and write, so many *times*."""
        for _ in range(times):
            self.rename(pack_from)
            self.write(lines, at_once, pause)

    def _begin(self) -> None:
        self._file.close()
        self._file = self._log.open("ab", buffering=0)
        self._generation += 1
        self._seq = 0

    def _next(self, _: int) -> str:
        text = line(self._generation, self._seq, self._nth) + self._eol
        self._truth.write(f"{self._generation} {self._seq}\n")
        self._seq += 1
        self._nth += 1
        return text


def main() -> None:
    """Carry out what comes on stdin."""
    log, truth, eol = sys.argv[1:]
    writer = LogWriter(Path(log), Path(truth), json.loads(eol))
    commands: dict[str, Callable[..., None]] = {
        "write": writer.write,
        "rename": writer.rename,
        "truncate": writer.truncate,
        "rotate": writer.rotate,
    }
    print("ready", flush=True)
    for command in sys.stdin:
        name, arguments = json.loads(command)
        commands[name](**arguments)
        print(name, flush=True)


if __name__ == "__main__":
    main()
