"""What may happen to one log in any order: it is written, rotated and harmed, and Seatwatch dies and lives again."""

from __future__ import annotations

from pathlib import Path

from tests.faults.harness.life import obey_permissions
from tests.faults.harness.losses import Losses
from tests.faults.harness.rotating import pack
from tests.faults.harness.scene import LOOK, Scene

FAILPOINTS = (
    "after-open",
    "after-read",
    "after-parse",
    "txn-begin",
    "mid-upserts",
    "before-offset-update",
    "before-commit",
    "after-commit",
    "after-commit-before-memory-advance",
    "drain-old-before-register-new",
    "after-register-new",
    "marker-update",
    "gap-record",
)
"""Where Seatwatch may die while it reads."""
FEWEST = 10
"""Lines with which a generation begins: by 256 bytes a packed file is recognised that holds less than was read."""
_PAST_ALL_LINES = 1_735_689_600
"""2025-01-01T00:00:00Z: the log's lines are older, and a line of tomorrow isn't believed."""


class History:
    """One log; after each step it is known what of it is lost."""

    def __init__(self, folder: Path) -> None:
        """Begin without a log; Seatwatch runs."""
        self.scene = Scene(folder, before=[obey_permissions])
        self.losses = Losses(self.scene)
        self.staying: set[int] = set()
        """Older generations whose writer still has them open."""
        self._pen = self.scene.pen
        self._torn = False

    # the writer

    def write(self, lines: int, *, hold: int = 0) -> None:
        """Write to the log; the last *hold* bytes come with the next write."""
        self._pen.write(lines if self._begun else max(FEWEST, lines), hold=hold)
        self._torn = hold > 0
        self._account()

    @property
    def left(self) -> list[int]:
        """
        The older generations to which lines may come.

        Of those that lay idle, Seatwatch keeps two in sight; what comes to older ones waits for the next rotation.
        """
        return sorted(generation for generation in self.staying if generation >= self._pen.generation - 2)

    def write_late(self, generation: int, lines: int) -> None:
        """Write to an older generation whose file is still open, under whatever name or none."""
        self._pen.write(lines, to=generation)
        self._account()

    @property
    def _begun(self) -> bool:
        return self._pen.size() > 0

    def _end_line(self, *, unended: bool = False) -> None:
        """Write the last line to its end; *unended*: and one more, but for its line end."""
        if self._torn or unended:
            one_more = unended and self._begun
            self._pen.write(int(one_more), hold=int(one_more))
        self._torn = False

    def _stays(self, stay: bool) -> bool:
        """Note whether the writer keeps the file open that is rotated now."""
        if stay and self._begun:
            self.staying.add(self._pen.generation)
        return stay and self._begun

    # rotations and other harm

    @property
    def there(self) -> bool:
        """Whether a log lies at its path."""
        return self.scene.log.exists()

    @property
    def rotated(self) -> list[Path]:
        """The log's rotated files, oldest first."""
        return sorted(self.scene.logs.glob("debug.log.*"), key=lambda path: -int(path.name.split(".")[2]))

    def rename(self, *, create: bool, stay: bool, pack: bool, unended: bool) -> None:
        """Rotate by renaming; *unended*: the last line has no line end (yet, where its writer stays)."""
        self._end_line(unended=unended)
        if pack:
            self.losses.allow_for_unseen(self.scene.log)
        self._pen.rename(create=create, stay=self._stays(stay), pack=pack)
        self._account()

    def truncate(self, *, keep: bool, unended: bool) -> None:
        """Rotate by copying and truncating; without *keep* there is no copy."""
        self._end_line(unended=unended)
        self._pen.truncate(keep=keep)
        self.losses.begun_in_place(self._pen.generation)
        self._account()

    def delete(self, *, create: bool, stay: bool) -> None:
        """Delete the log; its writer goes on in a new one, or in both."""
        self._end_line()
        self.losses.allow_for_unseen(self.scene.log)
        self.scene.log.unlink()
        (self._pen.begin if create else self._pen.leave)(stay=self._stays(stay))
        self._account()

    def drop(self, path: Path) -> None:
        """Delete a rotated file."""
        self.losses.allow_for_unseen(path)
        path.unlink()
        self._account()

    def pack(self, path: Path) -> None:
        """Compress a rotated file."""
        self.losses.allow_for_unseen(path)
        pack(path)
        self._account()

    def forbid(self, path: Path) -> None:
        """Let Seatwatch not read a file, unless it is open."""
        path.chmod(0)

    def permit(self) -> None:
        """Let all files be read."""
        for path in self.scene.logs.iterdir():
            path.chmod(0o644)

    # Seatwatch and the time

    def kill(self) -> None:
        """Kill Seatwatch."""
        self.scene.kill()
        self.losses.forget()
        self._account()
        self.losses.see_prefix()

    def start(self, failpoint: str = "") -> None:
        """Start it, to die at *failpoint*."""
        self.scene.start(failpoint)
        self._account()

    def poll(self, times: int = 1, after: float = LOOK) -> None:
        """Let time pass, and Seatwatch look where it runs."""
        for _ in range(times):
            self.scene.poll(after=after)
            self._account()
            if self.scene.alive and after >= LOOK:  # a log that is new to it isn't looked for more often
                self.losses.look()

    def step_clock(self, seconds: float) -> None:
        """Set the wall clock, but not to before the log's lines."""
        if self.scene.clock.now + seconds > _PAST_ALL_LINES:
            self.scene.step_clock(seconds)

    def settle(self) -> None:
        """Lift what keeps from reading, let all rules of quiet pass, and see that all is as it must be."""
        self.permit()
        if not self.scene.alive:
            self.start()
        # A line without its end is a line when a newer generation has lines; a log of which no file is there is not
        # followed, for its folder may be the place of a mount: losses are told when it is back.
        if self._torn or (not self._begun and (not any(self.scene.logs.iterdir()) or self.losses.open_ended())):
            self.write(0)
        self.scene.settle()
        self._account()
        self.losses.look()
        self.losses.see()

    def end(self) -> None:
        """See that all is well, also after one more death, and as if the log had been read at one go (E3)."""
        self.settle()
        if not self.losses.lines:
            found, at_one_go = self.scene.found(), self.scene.read_at_one_go()
            if found.gaps:  # one that may be told, of which one reading knows nothing
                del found.exports["coverage"], at_one_go.exports["coverage"]
            assert at_one_go.exports == found.exports, "the exports differ from those of one reading"
        self.kill()
        self.settle()

    def _account(self) -> None:
        self.losses.account(torn=self._torn)
