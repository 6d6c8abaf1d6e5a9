"""Any history of a log, its rotations and Seatwatch's lives: every line once, every loss told, nothing else (P)."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.faults.harness.history import FAILPOINTS, FEWEST, History

HOUR, DAY = 3_600, 86_400


class AnyHistory(RuleBasedStateMachine):
    """A log is written, rotated and harmed in every way while Seatwatch lives, dies and starts again."""

    def __init__(self) -> None:
        """Begin without a log."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        self.history = History(self.folder / "scene")

    def teardown(self) -> None:
        """See that all is well in the end."""
        try:
            self.history.end()
        finally:
            self.history.scene.close()
            shutil.rmtree(self.folder)

    @initialize(lines=st.integers(FEWEST, 40))
    def first_lines(self, lines: int) -> None:
        """Write the first lines."""
        self.history.write(lines)

    @rule(lines=st.integers(1, 40))
    def append(self, lines: int) -> None:
        """Write whole lines."""
        self.history.write(lines)

    @rule(lines=st.integers(1, 5), hold=st.integers(1, 30))
    def tear(self, lines: int, hold: int) -> None:
        """Write lines of which the last one isn't whole."""
        self.history.write(lines, hold=hold)

    @precondition(lambda self: self.history.left)
    @rule(data=st.data(), lines=st.integers(1, 5))
    def write_late(self, data: st.DataObject, lines: int) -> None:
        """Write to a file that was rotated or deleted."""
        self.history.write_late(data.draw(st.sampled_from(self.history.left)), lines)

    @precondition(lambda self: self.history.there)
    @rule(create=st.booleans(), stay=st.booleans(), pack=st.booleans(), unended=st.booleans())
    def rename(self, *, create: bool, stay: bool, pack: bool, unended: bool) -> None:
        """Rotate by renaming."""
        self.history.rename(create=create, stay=stay, pack=pack, unended=unended)

    @precondition(lambda self: any(path.suffix != ".gz" for path in self.history.rotated))
    @rule(data=st.data())
    def pack(self, data: st.DataObject) -> None:
        """Compress a rotated file."""
        self.history.pack(data.draw(st.sampled_from([path for path in self.history.rotated if path.suffix != ".gz"])))

    @precondition(lambda self: self.history.there)
    @rule(keep=st.booleans(), unended=st.booleans())
    def truncate(self, *, keep: bool, unended: bool) -> None:
        """Rotate by truncating, with a copy or without."""
        self.history.truncate(keep=keep, unended=unended)

    @precondition(lambda self: self.history.there)
    @rule(create=st.booleans(), stay=st.booleans())
    def delete(self, *, create: bool, stay: bool) -> None:
        """Delete the log."""
        self.history.delete(create=create, stay=stay)

    @precondition(lambda self: self.history.rotated)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        """Delete a rotated file."""
        self.history.drop(data.draw(st.sampled_from(self.history.rotated)))

    @precondition(lambda self: self.history.there and os.geteuid() == 0)
    @rule(data=st.data())
    def forbid(self, data: st.DataObject) -> None:
        """Take away the permission to read a file; others than root couldn't look what is in it."""
        files = [self.history.scene.log, *self.history.rotated]
        self.history.forbid(data.draw(st.sampled_from(files)))

    @rule()
    def permit(self) -> None:
        """Let all files be read."""
        self.history.permit()

    @precondition(lambda self: self.history.scene.alive)
    @rule()
    def kill(self) -> None:
        """Kill Seatwatch."""
        self.history.kill()

    @precondition(lambda self: not self.history.scene.alive)
    @rule(failpoint=st.sampled_from(FAILPOINTS), nth=st.integers(0, 3))
    def start(self, failpoint: str, nth: int) -> None:
        """Start Seatwatch, to die at a failpoint or (0) to live."""
        self.history.start(f"{failpoint}:{nth}" if nth else "")

    @rule(times=st.integers(1, 3), after=st.sampled_from([0.5, 2.0, 11.0, 70.0, 4_000.0]))
    def poll(self, times: int, after: float) -> None:
        """Let time pass, and Seatwatch look where it runs."""
        self.history.poll(times, after)

    @rule(seconds=st.sampled_from([-HOUR, HOUR, 400 * DAY, -200 * DAY]))
    def step_clock(self, seconds: float) -> None:
        """Set the wall clock."""
        self.history.step_clock(seconds)

    @rule()
    def settle(self) -> None:
        """Let all be read, and see that all is well."""
        self.history.settle()


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(stateful_step_count=15)
