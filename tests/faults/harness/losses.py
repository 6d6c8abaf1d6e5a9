"""
Which lines of a log are lost, whatever was done to it, and which losses have to be told.

That is not foretold but looked up: after each step a line is still to be had when it is in the ledger, in a file of the
log, or in one that Seatwatch has open; one that is nowhere is lost from then on. A loss has to be told when Seatwatch
can know of it: where its last look showed more bytes than it had read, or where after a restart the file is gone that
it was reading. It may be told, lost or not, where that file has less than was read. A generation that no look ever
showed leaves nothing.
"""

from __future__ import annotations

import gzip
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from exporter.ledger.reader import LedgerReader
from tests.faults.harness.log_lines import OUT_TO_IN
from tests.faults.harness.oracle import Found, Line, difference, events
from tests.faults.harness.scene import Scene

_LINE = re.compile(rb'\) (OUT|IN): "F(\d+)" u(\d+)@h$', re.MULTILINE)
_READING = re.compile(r"^flags:\s*[0-7]*[04]$", re.MULTILINE)
_STANDING = """
SELECT DISTINCT p.feature FROM generation AS g
    JOIN session AS s ON s.generation = g.id JOIN product AS p ON p.id = s.product WHERE NOT g.closed
"""


class Losses:
    """What is lost of the one log of a scene, each of whose generations begins with two lines or more at once."""

    def __init__(self, scene: Scene) -> None:
        """Begin without any."""
        self.lines: set[Line] = set()
        """Lines that are lost."""
        self._scene = scene
        self._pen = scene.pen
        self._due: dict[int, int] = {}
        """Losses that have to be told: by the pen's generation, the offset from which it is lost."""
        self._unlooked: set[int] = set()
        """Those of them that came after the last look, of generations known from looks alone."""
        self._allowed: set[tuple[int, int]] = set()
        """Losses that may be told: generation and offset."""
        self._hidden: set[tuple[int, int]] = set()
        """The same of what was read of a generation when all its files could not be read any more."""
        self._promised: set[Line] = set()
        """Lines of deleted files that Seatwatch has open, and so has to read unless it dies."""
        self._in_place: set[int] = set()
        """Generations begun by truncation that no look has shown: the open file is known as the one before."""
        self._shown: dict[int, int] = {}
        """Bytes of each generation that were there at a look of Seatwatch since its last start."""
        self._standing: set[int] = set()
        """Generations that are being read, as the ledger has it."""
        self._read: set[Line] = set()
        """Lines in the ledger, as of the last account."""
        self._deaths = 0

    def forget(self) -> None:
        """Seatwatch is dead: what it had open is closed, and what it saw is forgotten."""
        self._promised.clear()
        self._shown.clear()
        for generation in self._unlooked:
            self._allowed.add((generation, self._due.pop(generation)))
        self._unlooked.clear()

    def look(self) -> None:
        """Seatwatch has looked just now: note how much of each generation it could see."""
        self._in_place.clear()
        self._unlooked.clear()
        for path in self._scene.logs.iterdir():
            if _readable(path):
                size = len(_text_in(path))
                for generation in {line[0] for line in _lines_in(path)}:
                    self._shown[generation] = max(size, self._shown.get(generation, 0))

    def begun_in_place(self, generation: int) -> None:
        """Note that the file of the generation before was truncated for this one."""
        self._in_place.add(generation)

    def allow_for_unseen(self, path: Path) -> None:
        """
        Where *path*, about to be deleted or packed, is empty or not to be read: Seatwatch can't know what it held.

        It may have been empty, and what could not be read may have been read before it came to lie there.
        """
        if not path.stat().st_size or not _readable(path):
            self._allowed.add((-len(self._allowed) - 1, 0))

    def account(self, *, torn: bool) -> None:
        """Note what is lost by now; *torn*: the newest line is not written to its end."""
        died = self._deaths != self._scene.deaths
        if died:
            self._deaths = self._scene.deaths
            self.forget()
        read, on_disk = set(self._scene.found().lines), _lines_of(self._scene.logs.iterdir())
        held = _lines_of(self._handles())
        gone = set(events(self._pen.lines)) - self.lines - read - on_disk - held
        if torn:
            gone.discard(self._pen.lines[-1])
        unread = sorted(gone & self._promised)
        assert not unread, f"lines of a deleted file that was open are not read: {unread[:5]}"
        promised = {line for line in held - on_disk if line[0] not in self._in_place}
        self._promised = (self._promised | promised) - read

        # What it has just read it has seen, so far: without a start in between nobody knows of more.
        for generation in {line[0] for line in read - self._read}:
            self._shown[generation] = max(self._read_to(generation, read), self._shown.get(generation, 0))
        self._read = read
        before, self._standing = self._standing, self._stands_in()
        standing = before | self._standing
        # A packed copy of less than was read is like no file: what came after it is lost where nobody can see it.
        there = {line[0] for line in on_disk} - {line[0] for line in read - on_disk}
        to_be_read = {line[0] for line in _lines_of(filter(_readable, self._scene.logs.iterdir()))}
        self._hidden |= {(generation, self._read_to(generation, read)) for generation in standing & there - to_be_read}
        for generation in set(range(self._pen.generation + 1)) - there:
            start = self._read_to(generation, read)
            if any(line[0] == generation for line in gone):
                self._lose(generation, start, standing=generation in standing)
            elif generation not in self._shown and (died or generation in standing):
                self._allowed.add((generation, start))
        self.lines |= gone | {(generation, 0) for generation, seq in gone if seq == 1}

    def see(self) -> Found:
        """See that every line that isn't lost was read once and in order, and that the losses are told (E1, E2)."""
        found = self._scene.found()
        numbers: dict[int, list[int]] = {}
        for generation, seq in sorted(self.lines):
            numbers.setdefault(generation, []).append(seq)
        where = f"gaps {found.gaps}, due {self._due}, allowed {self._allowed}, lost {numbers}"
        expected = [line for line in self._pen.lines if line not in self.lines]
        wrong = difference(events(expected), found.lines)
        assert not wrong, f"{wrong}; {where}"
        assert len(expected) == found.counted, f"{len(expected)} lines, but {found.tally}; {where}"
        due = Counter(self._due.values())
        may_be_told = self._allowed | self._hidden
        allowed = Counter(start for generation, start in may_be_told if self._due.get(generation) != start)
        told = Counter(int(str(start)) for start, _, _ in found.gaps)
        for start in set(told) - set(due | allowed):
            told[start + 1] += told.pop(start)  # behind a line that was read without its line end
        assert not due - told, f"a loss is not told: {where}"
        assert not told - due - allowed, f"a loss is told that is none: {where}"
        return found

    def see_prefix(self) -> None:
        """See that what is in the ledger are lines of the log, each once and in order (E4)."""
        lines = self._scene.found().lines
        read = set(lines)
        assert [line for line in self._pen.lines if line in read] == lines

    def open_ended(self) -> bool:
        """Say whether there is a file, deleted or not, that ends without a line end."""
        texts = (_text_in(path) for path in [*self._scene.logs.iterdir(), *self._handles()])
        return any(text and not text.endswith(b"\n") for text in texts)

    def _lose(self, generation: int, start: int, *, standing: bool) -> None:
        """Note that *generation* is lost from *start* on; *standing*: it was being read."""
        if generation in self._due or any(generation == known for known, _ in self._allowed):
            return
        if standing if generation not in self._shown else self._shown[generation] > start:
            self._due[generation] = start
            if not standing:
                self._unlooked.add(generation)
        else:
            self._allowed.add((generation, start))

    def _read_to(self, generation: int, read: set[Line]) -> int:
        """Return up to which offset a generation was read."""
        own = (line for line in events(self._pen.lines) if line[0] == generation)
        first = next((line for line in own if line not in read), None)
        if first is None:
            return self._pen.size(generation)
        return self._pen.start(first) if first[1] > 1 else 0

    def _stands_in(self) -> set[int]:
        if not self._scene.ledger.exists():
            return set()
        reader = LedgerReader(self._scene.ledger)
        try:
            return {int(feature[1:]) for (feature,) in reader.ask(_STANDING)}
        finally:
            reader.close()

    def _handles(self) -> list[Path]:
        """Return the files of the log that Seatwatch has open, deleted or not; not those it inherited from the pen."""
        if not self._scene.alive:
            return []
        process = Path(f"/proc/{self._scene.pid}")
        return [
            fd
            for fd in (process / "fd").iterdir()
            if os.readlink(fd).startswith(str(self._scene.logs))  # noqa: PTH115 -- what it leads to may be deleted
            and _READING.search((process / "fdinfo" / fd.name).read_text("ascii"))
        ]


def _readable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o444)


def _text_in(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


def _lines_in(path: Path) -> set[Line]:
    """Return the whole lines in a file but the TIMESTAMP; one at its end needs no line end."""
    found = _LINE.findall(_text_in(path))
    return {(int(generation), int(seq) + (OUT_TO_IN if kind == b"IN" else 0)) for kind, generation, seq in found}


def _lines_of(paths: Iterable[Path]) -> set[Line]:
    return set[Line]().union(*map(_lines_in, paths))
