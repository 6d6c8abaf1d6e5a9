"""
A process that writes a log and rotates it, as it is told on stdin: one JSON array a line, ``[name, {arguments}]``.

The log is there when it says ``ready``; it answers each command with its name when it is carried out. What it writes it
notes first in the truth file: a line ``generation seq`` for each line of the log, in order.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

from tests.faults.harness.log_lines import line


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
        self._shift()
        self._file.close()
        self._log.rename(self._numbered(1))
        self._begin()
        for path in self._rotated() if pack_from else []:
            if path.suffix != ".gz" and int(path.suffix[1:]) >= pack_from:
                self._pack(path)

    def truncate(self, keep: bool = True) -> None:
        """Rotate by copying the log to `.1` and truncating it; without *keep* there is no copy."""
        if keep:
            self._shift()
            shutil.copy2(self._log, self._numbered(1))
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

    def _numbered(self, number: int) -> Path:
        return self._log.with_name(f"{self._log.name}.{number}")

    def _rotated(self) -> list[Path]:
        """Return the rotated files, the oldest first."""
        files = self._log.parent.glob(f"{self._log.name}.*")
        return sorted(files, key=lambda path: -int(path.name.removeprefix(self._log.name).split(".")[1]))

    def _shift(self) -> None:
        for path in self._rotated():
            number, *packed = path.name.removeprefix(f"{self._log.name}.").split(".")
            path.rename(path.with_name(".".join([self._numbered(int(number) + 1).name, *packed])))

    def _pack(self, path: Path) -> None:
        """Do as gzip does: the packed file grows beside the plain one, gets its times, and then replaces it."""
        packed = path.with_name(f"{path.name}.gz")
        with path.open("rb") as plain, gzip.open(packed, "wb") as out:
            shutil.copyfileobj(plain, out)
        status = path.stat()
        os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
        path.unlink()


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
