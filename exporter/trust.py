"""How far a stream can be trusted: its lines by outcome, samples of those that can't be read, and its losses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from exporter.names import decode
from exporter.records import Block, Checkpoint, Gap, Position, Reading


class Trust:
    """The trust figures of one stream: since it began, and what came since the last commit."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Go on from *checkpoint*."""
        self.lost: list[Gap] = []
        """Losses since the last `take`."""
        self._tally: dict[str, int] = {}
        self._samples: list[tuple[Position, str, str]] = []
        self._totals = dict(checkpoint.tally)
        self._gaps = dict(checkpoint.gaps)

    @property
    def totals(self) -> dict[str, int]:
        """Counts since the stream began (see `exporter.records.Checkpoint`)."""
        return dict(self._totals)

    @property
    def gaps(self) -> Mapping[str, int]:
        """Losses since the stream began, by reason."""
        return Counter(self._gaps.values())

    def read(self, block: Block, reading: Reading) -> None:
        """Take what a format made of a block."""
        for what, count in reading.tally.items():
            self._tally[what] = self._tally.get(what, 0) + count
        if block.oversize:
            self._tally["oversize"] = self._tally.get("oversize", 0) + block.oversize
        for sample in reading.samples:
            self._samples.append((Position(block.start.generation, sample.at), decode(sample.text), sample.why))

    def take(self, outcomes: Mapping[str, int]) -> tuple[dict[str, int], list[tuple[Position, str, str]], list[Gap]]:
        """Return lines by outcome, samples and losses since the last call; count the pairing's *outcomes* too."""
        taken = self._tally, self._samples, self.lost
        self._tally, self._samples, self.lost = {}, [], []
        for counts in (taken[0], outcomes):
            for what, count in counts.items():
                self._totals[what] = self._totals.get(what, 0) + count
        self._gaps |= {Position(gap.generation, gap.start): gap.reason for gap in taken[2] if not gap.withdrawn}
        return taken
