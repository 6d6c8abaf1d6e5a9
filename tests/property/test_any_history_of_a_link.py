"""A log that a link leads to, which is led to new files and back to old ones: every line once, and no loss told (P)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.faults.harness.history import FAILPOINTS, FEWEST
from tests.faults.harness.scene import Scene


class AnyHistoryOfALink(RuleBasedStateMachine):
    """The link is moved and the files behind it are written while Seatwatch lives, dies and starts again."""

    def __init__(self) -> None:
        """Begin with a link to an empty file."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        self.scene = Scene(self.folder / "scene", paths=["logs/current.log"])
        self.at = 0
        self.written = self.settled = False
        """Whether lines came since the link was moved, and were read: else Seatwatch can't know where it led to."""
        self._lead_to(new=True)

    def teardown(self) -> None:
        """See that all is well in the end."""
        try:
            self.settle()
            self.scene.see()
        finally:
            self.scene.close()
            shutil.rmtree(self.folder)

    def _lead_to(self, generation: int = 0, *, new: bool = False) -> None:
        pen, logs = self.scene.pen, self.scene.logs
        if new:
            pen.log = logs / f"a-{pen.generation + 1}.log"
            pen.begin(stay=True)
            generation = pen.generation
        logs.joinpath(".new").symlink_to(f"a-{generation}.log")
        logs.joinpath(".new").rename(logs / "current.log")
        self.at, self.written, self.settled = generation, False, False

    @rule(lines=st.integers(1, 40), hold=st.integers(0, 30))
    def write(self, lines: int, hold: int) -> None:
        """
        Write to the file that the link leads to; the last bytes come with the next write.

        One that begins like all that an older one holds, a TIMESTAMP of the same second, can't be told from that.
        """
        begun = self.scene.pen.size(self.at) > 0
        self.scene.pen.write(lines if begun else max(FEWEST, lines), to=self.at, hold=hold)
        self.written = True

    @precondition(lambda self: self.settled)
    @rule(lines=st.integers(0, 40))
    def lead_to_new(self, lines: int) -> None:
        """Write the last lines, and lead the link to a new file."""
        self.scene.pen.write(lines, to=self.at)
        self._lead_to(new=True)

    @precondition(lambda self: self.settled and self.scene.pen.generation > 1)
    @rule(data=st.data(), lines=st.integers(0, 40))
    def lead_back(self, data: st.DataObject, lines: int) -> None:
        """Write the last lines, and lead the link to a file that it led to before."""
        self.scene.pen.write(lines, to=self.at)
        self._lead_to(data.draw(st.integers(1, self.scene.pen.generation)))

    @precondition(lambda self: self.scene.alive)
    @rule()
    def kill(self) -> None:
        """Kill Seatwatch."""
        self.scene.kill()

    @precondition(lambda self: not self.scene.alive)
    @rule(failpoint=st.sampled_from(FAILPOINTS), nth=st.integers(0, 3))
    def start(self, failpoint: str, nth: int) -> None:
        """Start Seatwatch, to die at a failpoint or (0) to live."""
        self.scene.start(f"{failpoint}:{nth}" if nth else "")

    @rule(times=st.integers(1, 3), after=st.sampled_from([0.5, 2.0, 11.0, 70.0, 4_000.0]))
    def poll(self, times: int, after: float) -> None:
        """Let time pass, and Seatwatch look where it runs."""
        self.scene.poll(times, after=after)

    @rule()
    def settle(self) -> None:
        """Let all be read, and see that all is well."""
        if not self.scene.alive:
            self.scene.start()
        self.scene.pen.write(0, to=self.at)
        self.scene.see(again=False)
        self.settled = self.written


TestAnyHistoryOfALink = AnyHistoryOfALink.TestCase
_ALL = settings.default.max_examples
# Each takes about a second: but for the long run half of them do.
TestAnyHistoryOfALink.settings = settings(stateful_step_count=15, max_examples=_ALL if _ALL > 100 else _ALL // 2)
