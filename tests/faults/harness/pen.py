"""
The hand that writes a log and rotates it, in the test's own process, and keeps the truth about what it wrote.

Every line is known by (generation, seq); a generation is one life of the log, and the pen numbers them as they begin.
Files are as old as the scene's clock says. What has no method here (links, other names, other folders) a test does with
the file system's own calls: the pen writes on to the file that it has open, wherever that lies.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.harness import rotating
from tests.faults.harness.log_lines import line
from tests.faults.harness.oracle import Line


@dataclass
class Clock:
    """The time in a scene."""

    now: float
    monotonic: float

    @property
    def both(self) -> tuple[float, float]:
        """The wall clock and the one that never steps."""
        return self.now, self.monotonic


@dataclass
class _Life:
    """One generation: its open file (-1: closed, or not made yet), what is still to be written of its last line."""

    fd: int = -1
    held: bytes = b""
    lines: list[tuple[Line, bytes]] = field(default_factory=list)


class Pen:
    """One log with its generations."""

    def __init__(
        self,
        log: Path,
        clock: Clock,
        *,
        eol: str = "\n",
        append: bool = True,
        first: int = 0,
        encoding: str = "utf-8",
        mark: bytes = b"",
    ) -> None:
        """
        Write to *log*, which is made with the first line; generations are numbered from *first* on.

        Without *append* it is opened as some vendors do, not with O_APPEND: after a truncation it writes on at its old
        place. Each generation begins with the bytes *mark*.
        """
        self.log = log
        self.generation = first
        self._clock = clock
        self._eol = eol
        self._append = append
        self._encoding = encoding
        self._mark = mark
        self._nth = 0
        self._lives = {first: _Life()}

    @property
    def lines(self) -> list[Line]:
        """Every line written (to its last byte or not), generation after generation."""
        return [each for life in self._lives.values() for each, _ in life.lines]

    def write(self, lines: int = 1, *, hold: int = 0, to: int | None = None, at_once: int = 1 << 30) -> list[Line]:
        """
        Write so many *lines*, *at_once* bytes at a time, and return them.

        The last *hold* bytes are kept back until the next write. *to* is an older generation whose file is still open.
        """
        generation = self.generation if to is None else to
        life = self._lives[generation]
        self._open(life)
        begun = len(life.lines)
        for _ in range(lines):
            seq = len(life.lines)
            text = (line(generation, seq, self._nth) + self._eol).encode(self._encoding)
            life.lines.append(((generation, seq), text))
            self._nth += 1
        data = life.held + b"".join(text for _, text in life.lines[begun:])
        end = max(0, len(data) - hold)
        life.held = data[end:]
        for start in range(0, end, at_once):
            os.write(life.fd, data[start : min(start + at_once, end)])
        self.touch(life.fd)
        return [each for each, _ in life.lines[begun:]]

    def raw(self, data: bytes) -> None:
        """Write bytes that are no lines of the truth."""
        life = self._lives[self.generation]
        self._open(life)
        os.write(life.fd, data)
        self.touch(life.fd)

    def size(self, generation: int | None = None) -> int:
        """Return the bytes of the lines of *generation* (the current one), held back or not."""
        life = self._lives[self.generation if generation is None else generation]
        return sum(len(text) for _, text in life.lines)

    def start(self, line: Line) -> int:
        """Return the offset at which a line begins in its generation."""
        return sum(len(text) for (_, seq), text in self._lives[line[0]].lines if seq < line[1])

    def text(self, lost: Collection[Line] = ()) -> bytes:
        """Return all lines, generation after generation, without those that are *lost*."""
        gone = set(lost)
        return b"".join(text for life in self._lives.values() for each, text in life.lines if each not in gone)

    def begin(self, *, stay: bool = False) -> None:
        """Begin a generation in the file at the log's path, made if need be; *stay*: the last one's stays open."""
        if not stay:
            self.close()
        self.generation += 1
        self._lives[self.generation] = _Life()
        self._open(self._lives[self.generation])

    def leave(self, *, stay: bool = False) -> None:
        """End the generation; the next one is made with its first line."""
        if not stay:
            self.close()
        self.generation += 1
        self._lives[self.generation] = _Life()

    def rename(self, to: str | Path = "", *, create: bool = True, stay: bool = False, pack: bool = False) -> Path:
        """
        Rotate by renaming to ``.1`` (the older ones move on), or to the name or path *to*; return where it lies.

        Without *create* the new file comes with its first line. *stay*: the old file stays open for `write`. *pack*:
        it is gzipped at once.
        """
        target = self.log.parent / to if to else rotating.make_room(self.log)
        self.log.rename(target)
        (self.begin if create else self.leave)(stay=stay)
        return rotating.pack(target) if pack else target

    def truncate(self, *, keep: bool = True) -> None:
        """Rotate by copying the log to ``.1`` and truncating it; without *keep* there is no copy."""
        if keep:
            shutil.copy2(self.log, rotating.make_room(self.log))
        old = self._lives[self.generation]
        self.generation += 1
        life = self._lives[self.generation] = _Life(old.fd)
        old.fd = -1
        self._open(life)
        os.ftruncate(life.fd, 0)
        self.touch(life.fd)

    def take_away(self) -> bytes:
        """Rotate the log into another folder, from where it may come back in another form; return its content."""
        aside = self.rename(self.log.parent.parent / "aside")
        content = aside.read_bytes()
        aside.unlink()
        return content

    def put(self, name: str, data: bytes) -> Path:
        """Write another file into the log's folder; return its path."""
        path = self.log.parent / name
        path.write_bytes(data)
        self.touch(path)
        return path

    def touch(self, file: int | Path) -> None:
        """Make a file, open or at a path, as old as the scene's clock says."""
        os.utime(file, (self._clock.now, self._clock.now))

    def reopen(self) -> None:
        """Open the log anew and go on with the same generation."""
        self.close()

    def close(self) -> None:
        """Close the file of the current generation; a later write opens what lies at the log's path."""
        life = self._lives[self.generation]
        if life.fd >= 0:
            os.close(life.fd)
            life.fd = -1

    def close_all(self) -> None:
        """Close every file."""
        for life in self._lives.values():
            if life.fd >= 0:
                os.close(life.fd)
                life.fd = -1

    def _open(self, life: _Life) -> None:
        if life.fd >= 0:
            return
        assert life is self._lives[self.generation], "the file of that generation was closed"
        life.fd = os.open(self.log, os.O_WRONLY | os.O_CREAT | (os.O_APPEND if self._append else 0), 0o644)
        if not self._append:
            os.lseek(life.fd, 0, os.SEEK_END)
        if self._mark and not life.lines:
            os.write(life.fd, self._mark)
        self.touch(life.fd)
