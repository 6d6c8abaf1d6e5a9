"""One licence server's log and the Seatwatch that reads it, in a folder of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.faults.harness.children import Seatwatch, Writer, environment
from tests.faults.harness.oracle import Found, Line, events, read_truth
from tests.faults.harness.waiting import PATIENCE, wait_until

_CONFIG = """
site: {{name: faults, timezone: UTC}}
ledger: {{path: {ledger}}}
sources:
  - {{name: lic, format: flexlm, server: "{server}", timezone: UTC, paths: ["logs/{log}"]}}
prometheus: {{listen: "127.0.0.1:0"}}
"""


class World:
    """A log, its writer, and Seatwatch; nothing runs at first but the writer."""

    def __init__(
        self,
        folder: Path,
        *,
        ledger: Path | None = None,
        eol: str = "\n",
        before: Sequence[str] = (),
        many: bool = False,
    ) -> None:
        """
        Build it in *folder*.

        *before* is what Seatwatch's command line begins with. With *many*, every file ``NAME.log`` in the log's folder
        is the log of a server NAME.
        """
        self.folder = folder
        self.ledger = ledger or folder / "ledger" / "seatwatch.db"
        self.log = folder / "logs" / "debug.log"
        self.log.parent.mkdir(parents=True)
        self.config = folder / "config.yaml"
        self._many = many
        self.config.write_text(self._configuration(self.ledger))
        self._truth = folder / "truth"
        self.writer = Writer(self.log, self._truth, eol)
        self.seatwatch = Seatwatch(self.config, before)
        self.deaths = 0
        """How often Seatwatch died and was started again."""

    @property
    def truth(self) -> list[Line]:
        """Every line written so far."""
        return read_truth(self._truth)

    def found(self) -> Found:
        """Return what the ledger holds now."""
        return Found(self.ledger)

    def age(self) -> None:
        """Let an hour pass since the rotated files were written to; a young one waits for its writer to leave it."""
        for path in self.log.parent.glob(f"{self.log.name}.*"):
            then = path.stat().st_mtime - 3_600
            os.utime(path, (then, then))

    def start(self, failpoint: str = "") -> None:
        """Start Seatwatch; without a failpoint, wait until it serves."""
        self.seatwatch.start(failpoint)
        if not failpoint:
            self.seatwatch.wait_serving()

    def read_to(self, lines: int, *, revive: bool = False, seconds: float = PATIENCE) -> None:
        """Wait until Seatwatch shows that it has read so many *lines*; *revive*: start it again when it dies."""

        def shown() -> bool:
            if self.seatwatch.status is not None:
                self.see_prefix()
                assert revive, f"seatwatch ended with {self.seatwatch.status}: {self.seatwatch.told}"
                self.deaths += 1
                self.seatwatch.start()
            return lines == self.seatwatch.metric("seatwatch_log_lines_total")

        wait_until(shown, lambda: f"{lines} lines read, but {self.seatwatch.metrics()}; {self.seatwatch.told}", seconds)

    def read_all(self, *, lost: int = 0, revive: bool = False, seconds: float = PATIENCE) -> None:
        """Let the writer finish, and wait until every line is read but so many that are *lost*."""
        self.writer.finish()
        self.read_to(len(self.truth) - lost, revive=revive, seconds=seconds)

    def see_prefix(self) -> None:
        """See that the ledger holds the log's lines from the first one to some line, each once and in order."""
        lines = self.found().lines

        assert events(self.truth)[: len(lines)] == lines

    def see_each_line_once(self) -> None:
        """Stop Seatwatch; see that every line was read once and in order, and that nothing is told to be lost."""
        if self.seatwatch.status is None:
            assert 0 == self.seatwatch.stop()[0]
        found = self.found()

        assert events(self.truth) == found.lines
        assert len(self.truth) == found.counted
        assert not found.gaps, found.gaps

    def see_as_never_killed(self) -> None:
        """See that the exports are those of a fresh ledger that reads the same files at one go."""
        assert self.never_killed().exports == self.found().exports

    def never_killed(self) -> Found:
        """Return what a fresh ledger holds after reading the same files at one go."""
        config, ledger = self.folder / "again.yaml", self.folder / "again" / "seatwatch.db"
        config.write_text(self._configuration(ledger))
        subprocess.run(
            [sys.executable, "-m", "exporter", "collect", "--config", str(config)],
            check=True,
            capture_output=True,
            env=environment(),
        )
        return Found(ledger)

    def _configuration(self, ledger: Path) -> str:
        server, log = ("{server}", "{server}.log") if self._many else ("srv", self.log.name)
        return _CONFIG.format(ledger=ledger, server=server, log=log)

    def close(self) -> None:
        """End the processes."""
        self.seatwatch.kill()
        self.writer.close()
