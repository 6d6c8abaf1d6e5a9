"""
Any history of a log, and what must have come of it: which lines are in the ledger, and which losses are told.

The truth is not foretold but looked up: after each step a line is still to be had when it is in the ledger, in a file
that Seatwatch finds, or in one that it has open. One that is nowhere is lost from then on. A loss has to be told when
Seatwatch could know of it: where its last look showed more bytes than it had read, or where the file that it was
reading is gone after a restart.
"""

from __future__ import annotations

import gzip
import os
import re
from collections import Counter
from pathlib import Path

from exporter.ledger.reader import LedgerReader
from tests.faults.harness.life import obey_permissions
from tests.faults.harness.log_lines import OUT_TO_IN
from tests.faults.harness.oracle import Found, Line, difference, events
from tests.faults.harness.scene import LOOK, Scene

_WHOLE = re.compile(rb'\) (OUT|IN): "F(\d+)" u(\d+)@h$', re.MULTILINE)
_READING = re.compile(r"^flags:\s*[0-7]*[04]$", re.MULTILINE)
_FEWEST = 3
"""Lines with which a generation begins: its TIMESTAMP, which leaves no fact, is where the line behind it is."""
_PAST_ALL_LINES = 1_735_689_600
"""2025-01-01T00:00:00Z: the log's lines are older, and a line of tomorrow isn't believed."""

_STANDING = """
SELECT DISTINCT p.feature FROM generation AS g
    JOIN session AS s ON s.generation = g.id JOIN product AS p ON p.id = s.product WHERE NOT g.closed
"""

Loss = tuple[int, int]
"""A pen's generation and the offset from which it is not there any more."""


class History:
    """One log, what is done to it, and what is known of its lines."""

    def __init__(self, folder: Path) -> None:
        """Begin without a log; Seatwatch runs."""
        self.scene = Scene(folder, before=[obey_permissions])
        self.pen = self.scene.pen
        self.lost: set[Line] = set()
        self.staying: set[int] = set()
        """Older generations whose writer still has them open."""
        self._torn = False
        self._due: dict[int, int] = {}
        """Losses that have to be told: offsets by generation."""
        self._allowed: set[Loss] = set()
        """Losses that may be told: Seatwatch can't know whether there is one."""
        self._promised: set[Line] = set()
        """Lines of deleted files that Seatwatch has open."""
        self._shown: dict[int, int] = {}
        """Bytes of each generation that its last look could see, since it was started last."""
        self._current: set[int] = set()
        """Generations that the ledger says are being read."""
        self._deaths = 0

    # the writer

    def write(self, lines: int, *, hold: int = 0) -> None:
        """Write to the log; the last *hold* bytes come with the next write."""
        self.pen.write(lines if self._begun else max(_FEWEST, lines), hold=hold)
        self._torn = hold > 0
        self._account()

    def write_late(self, generation: int, lines: int) -> None:
        """Write to an older generation whose file is still open, under whatever name or none."""
        self.pen.write(lines, to=generation)
        self._account()

    @property
    def _begun(self) -> bool:
        return self.pen.size() > 0

    # rotations and other harm

    @property
    def there(self) -> bool:
        """Whether a log lies at its path."""
        return self.scene.log.exists()

    @property
    def rotated(self) -> list[Path]:
        """The log's rotated files, oldest first."""
        return (
            []
            if self.staying
            else sorted(self.scene.logs.glob("debug.log.*"), key=lambda path: -int(path.name.split(".")[2]))
        )

    def rename(self, *, create: bool, stay: bool, pack: bool, unended: bool) -> None:
        """Rotate by renaming; *unended*: its last line has no line end."""
        self._end_line(unended=unended)
        stayed = self.pen.generation
        stay = stay and not pack  # XXX bug 1
        if stay and self._begun:
            self.staying.add(stayed)
        self.pen.rename(create=create, stay=stay and self._begun, pack=pack)
        self._account()

    def truncate(self, *, keep: bool, unended: bool) -> None:
        """Rotate by copying and truncating; without *keep* there is no copy."""
        self._end_line(unended=unended)
        self.pen.truncate(keep=keep)
        self._account()

    def delete(self, *, create: bool, stay: bool) -> None:
        """Delete the log; its writer goes on in a new one, or, where it may *stay*, in both."""
        self._end_line(unended=False)
        self._note_empty(self.scene.log)
        self.scene.log.unlink()
        if stay and self._begun:
            self.staying.add(self.pen.generation)
        (self.pen.begin if create else self.pen.leave)(stay=stay and self._begun)
        self._account()

    def drop(self, path: Path) -> None:
        """Delete a rotated file."""
        self._note_empty(path)
        path.unlink()
        self._account()

    def pack(self, path: Path) -> None:
        """Compress a rotated file."""
        self.pen.pack(path)
        self._account()

    def _end_line(self, *, unended: bool) -> None:
        if self._torn or unended:
            self.pen.write(1 if unended and self._begun else 0, hold=int(unended and self._begun))
        self._torn = False

    def _note_empty(self, path: Path) -> None:
        """Where an empty file is deleted that was begun before its death, Seatwatch can't know that it was empty."""
        if not path.stat().st_size:
            self._allowed.add((-len(self._allowed) - 1, 0))

    def forbid(self, path: Path) -> None:
        """Let nobody read a file."""
        path.chmod(0)

    def permit(self) -> None:
        """Let every file be read again."""
        for path in self.scene.logs.iterdir():
            path.chmod(0o644)

    # Seatwatch and the time

    def kill(self) -> None:
        """Kill Seatwatch."""
        self.scene.kill()
        self._forget()
        self._account()
        self._see_prefix()

    def start(self, failpoint: str = "") -> None:
        """Start it, to die at *failpoint*."""
        self.scene.start(failpoint)
        self._account()

    def poll(self, times: int = 1, after: float = LOOK) -> None:
        """Let time pass, and Seatwatch look where it runs."""
        for _ in range(times):
            self.scene.poll(after=after)
            self._account()
            if self.scene.alive:
                self._look()

    def step_clock(self, seconds: float) -> None:
        """Set the wall clock."""
        if self.scene.clock.now + seconds > _PAST_ALL_LINES:
            self.scene.step_clock(seconds)

    def settle(self) -> Found:
        """Lift what keeps from reading, let all rules of quiet pass, and see that all is as it must be."""
        self.permit()
        # A line without its end is a line when a newer generation has lines; a log of which no file is there is not
        # followed, for its folder may be the place of a mount: losses are told when it is back.
        if self._torn or (not self._begun and self._ends_open()):
            self.write(0)
        if not self.scene.alive:
            self.start()
        self.scene.settle()
        self._account()
        self._look()
        return self._see()

    def end(self) -> None:
        """See that all is well, also after one more death, and as if the log had been read at one go."""
        found = self.settle()
        if not self.lost:
            one = self.scene.read_at_one_go()
            assert one.exports == found.exports, "the exports differ from those of one reading"
        self.kill()
        self.settle()

    # what must have come of it

    def _see(self) -> Found:
        found = self.scene.found()
        expected = [line for line in self.pen.lines if line not in self.lost]
        wrong = difference(events(expected), found.lines)
        assert not wrong, f"{wrong}; gaps {found.gaps}, lost {self._summary()}"
        assert len(expected) == found.counted, f"{len(expected)} lines, but {found.tally}"
        told = Counter(int(str(start)) for start, _, _ in found.gaps)
        due = Counter(self._due.values())
        allowed = Counter(start for generation, start in self._allowed if self._due.get(generation) != start)
        where = f"gaps {found.gaps}, due {self._due}, allowed {self._allowed}, lost {self._summary()}"
        assert not due - told, f"a loss is not told: {where}"
        assert not told - due - allowed, f"a loss is told that is none: {where}"
        return found

    def _see_prefix(self) -> None:
        """See that what is in the ledger are lines of the log, each once and in order (E4)."""
        lines = self.scene.found().lines
        read = set(lines)
        assert [line for line in self.pen.lines if line in read] == lines

    def _summary(self) -> dict[int, tuple[int, int]]:
        """Return the first and the last number of the lost lines of each generation."""
        numbers: dict[int, list[int]] = {}
        for generation, seq in sorted(self.lost):
            numbers.setdefault(generation, []).append(seq)
        return {generation: (seqs[0], seqs[-1]) for generation, seqs in numbers.items()}

    def _forget(self) -> None:
        """Seatwatch is dead, and what it had open and had seen is forgotten."""
        self._promised.clear()
        self._shown.clear()

    def _account(self) -> None:
        """Note which lines are lost by now, and whether that has to be told."""
        died = self._deaths != self.scene.deaths
        if died:
            self._deaths = self.scene.deaths
            self._forget()
        read, on_disk, held = set(self.scene.found().lines), self._on_disk(), self._held()
        gone = set(events(self.pen.lines)) - self.lost - read - on_disk - held
        if self._torn:
            gone.discard(self.pen.lines[-1])
        assert not gone & self._promised, f"what was open was not read: {sorted(gone & self._promised)[:5]}"
        self._promised = (self._promised | held - on_disk) - read
        before, self._current = self._current, self._standing()
        generations = set(range(self.pen.generation + 1))
        somewhere = {line[0] for line in on_disk}
        # What was added to a deleted file of which a packed copy is there is lost where nobody can see it.
        for generation in generations & {line[0] for line in gone} - somewhere:
            self._lose(generation, self._read_to(generation, read), current=generation in before | self._current)
        for generation in generations - {line[0] for line in gone} - somewhere - self._shown.keys():
            # Nothing was unread, but after its death Seatwatch can't know that of the file that it was reading.
            if died or generation in before | self._current:
                self._allowed.add((generation, self._read_to(generation, read)))
        self.lost |= gone | {(generation, 0) for generation, seq in gone if seq == 1}

    def _lose(self, generation: int, start: int, *, current: bool) -> None:
        """Note that *generation* lost what it held from *start* on; *current*: the ledger says that it was being read."""
        if any(generation == known for known, _ in self._allowed) or generation in self._due:
            return
        if current if generation not in self._shown else self._shown[generation] > start:
            self._due[generation] = start
        else:
            self._allowed.add((generation, start))

    def _ends_open(self) -> bool:
        """Say whether there is a file, deleted or not, that ends without a line end, or none at all."""
        files = list(self.scene.logs.iterdir())
        return not files or any(text and not text.endswith(b"\n") for text in map(_text_of, files + self._handles()))

    def _read_to(self, generation: int, read: set[Line]) -> int:
        """Return up to which offset a generation was read."""
        unread = (line for line in events(self.pen.lines) if line[0] == generation and line not in read)
        first = next(unread, None)
        if first is None:
            return self.pen.size(generation)
        return self.pen.start(first) if first[1] > 1 else 0

    def _standing(self) -> set[int]:
        """Return the pen's generations that are being read, as the ledger has it."""
        if not self.scene.ledger.exists():
            return set()
        reader = LedgerReader(self.scene.ledger)
        try:
            return {int(feature[1:]) for (feature,) in reader.ask(_STANDING)}
        finally:
            reader.close()

    def _on_disk(self) -> set[Line]:
        return set[Line]().union(*(_lines_in(path) for path in self.scene.logs.iterdir()))

    def _held(self) -> set[Line]:
        """Return the lines in the files that Seatwatch has open, deleted or not."""
        return set[Line]().union(*map(_lines_in, self._handles()))

    def _handles(self) -> list[Path]:
        if not self.scene.alive:
            return []
        process = Path(f"/proc/{self.scene.pid}")
        return [
            fd
            for fd in (process / "fd").iterdir()
            if os.readlink(fd).startswith(str(self.scene.logs))  # noqa: PTH115 -- it may be gone
            and _READING.search((process / "fdinfo" / fd.name).read_text("ascii"))  # not inherited from the pen
        ]

    def _look(self) -> None:
        """Note how much of each generation Seatwatch could see just now."""
        for path in self.scene.logs.iterdir():
            if path.stat().st_mode & 0o444:
                for generation in {line[0] for line in _lines_in(path)}:
                    size = len(_text_of(path))
                    self._shown[generation] = max(size, self._shown.get(generation, 0))


def _text_of(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


def _lines_in(path: Path) -> set[Line]:
    """Return the whole lines in a file but the TIMESTAMPs; one at its end needs no line end."""
    found = _WHOLE.findall(_text_of(path))
    return {(int(generation), int(seq) + (OUT_TO_IN if kind == b"IN" else 0)) for kind, generation, seq in found}
