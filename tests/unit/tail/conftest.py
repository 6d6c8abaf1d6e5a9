"""A stream in a temporary folder, with a clock to step and a ledger that remembers what was committed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event as Signal

import pytest

from exporter.records import Block, Gap, Generation, Position
from exporter.tail.follower import Follower
from exporter.tail.habits import Habits
from exporter.tail.opening import OpenFiles

START = 1_700_000_000.0


@dataclass
class SteppedClock:
    """Time that moves when told to."""

    seconds: float = START

    def now(self) -> float:
        """Return the wall clock."""
        return self.seconds

    def monotonic(self) -> float:
        """Return the same, as it never steps back here."""
        return self.seconds

    def wait(self, signal: Signal, seconds: float) -> bool:
        """Step at once."""
        self.seconds += seconds
        return signal.is_set()


class Killed(BaseException):
    """The process died at a failpoint."""


@dataclass
class World:
    """One stream, followed by one process after the other; files are as old as the clock says."""

    folder: Path
    name: str = "a.log"
    importing: bool = False
    archive: tuple[str, ...] = ()
    from_end: bool = False
    record: int = 0
    first_date: Callable[[bytes], int | None] = lambda _: None
    clock: SteppedClock = field(default_factory=SteppedClock)
    open_files: OpenFiles = field(default_factory=OpenFiles)
    hits: list[str] = field(default_factory=list)
    die_at: str = ""
    data: bytes = b""
    blocks: list[Block] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    known: dict[int, Generation] = field(default_factory=dict)
    position: Position | None = None
    given: int = 0
    follower: Follower = field(init=False)

    def __post_init__(self) -> None:
        """Start the first process."""
        self.start()

    @property
    def path(self) -> Path:
        """The stream's plain path."""
        return self.folder / self.name

    def hit(self, name: str) -> None:
        """Pass a failpoint, or die there."""
        self.hits.append(name)
        if name == self.die_at:
            raise Killed

    def next_generation(self) -> int:
        """Give ids in order."""
        self.given += 1
        return self.given

    def start(self) -> None:
        """Start a new process from what was committed."""
        self.follower = Follower(
            "src",
            os.fsdecode(self.path),
            generations=[replace(self.known[key]) for key in sorted(self.known)],
            position=self.position,
            next_generation=self.next_generation,
            clock=self.clock,
            hit=self.hit,
            open_files=self.open_files,
            habits=Habits(
                importing=self.importing,
                archive=self.archive,
                first_date=self.first_date,
                from_end=self.from_end,
                record=self.record,
            ),
        )

    def restart(self) -> None:
        """Stop without a word and start anew."""
        self.open_files.drop(self.follower)
        self.follower.close()
        self.start()

    def write(self, name: str, data: bytes, *, ago: float = 0) -> Path:
        """Append to a file of the folder; it is written *ago* seconds before now."""
        path = self.folder / name
        with path.open("ab") as file:
            file.write(data)
        self.touch(path, ago)
        return path

    def replace(self, name: str, data: bytes) -> None:
        """Truncate a file in place and write it anew."""
        path = self.folder / name
        with path.open("r+b") as file:
            file.truncate(0)
            file.write(data)
        self.touch(path, 0)

    def touch(self, path: Path, ago: float) -> None:
        """Set a file's mtime *ago* seconds before now."""
        os.utime(path, (self.clock.seconds - ago, self.clock.seconds - ago))

    def step(self, limit: int = 1 << 20) -> Block | None:
        """Read one block and commit it with what moved."""
        block = self.follower.read(limit)
        if block is not None:
            late = self.position is not None and block.start.generation < self.position.generation
            assert late or self.position is None or block.start >= self.position
            if block.start.offset == 0 and block.data:
                self.follower.note_first(block.start.generation, "hash", None)
            self.blocks.append(block)
            self.data += block.data
            self.position = self.position if late else block.end
        self.known |= {generation.id: generation for generation in self.follower.moved()}
        self.gaps += self.follower.gaps()
        return block

    def settle(self, limit: int = 1 << 20) -> bytes:
        """Poll until nothing comes, a quiet minute later too; return all that was new."""
        before = len(self.data)
        for _ in range(2):
            while self.step(limit):
                pass
            self.clock.seconds += 60
        return self.data[before:]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a stream in an empty folder."""
    world = World(tmp_path)
    yield world
    world.follower.close()


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Return a maker of streams, each in a folder of its own."""
    made: list[World] = []

    def make(**options: object) -> World:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(World(folder, **options))  # type: ignore[arg-type]  # passed on
        return made[-1]

    yield make
    for each in made:
        each.follower.close()
