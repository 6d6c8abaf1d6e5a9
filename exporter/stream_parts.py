"""What a stream is made of: the stages that it drives, and the rules it goes by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from exporter.claims import Held
from exporter.errors import StreamStopped
from exporter.ports import Clock, Failpoint, Format, Ledger, LineSource, Pairing
from exporter.records import Checkpoint, Json

_FIRST = ("flexlm",)
"""What was read before states told their formats."""
CarryOver = Callable[[Mapping[str, Json], Sequence[str], Sequence[str]], Mapping[str, Json] | None]
"""Makes the saved state of a log of some formats that of one of others; None: they have nothing in common."""


def _nothing(_state: Mapping[str, Json], _before: Sequence[str], _now: Sequence[str]) -> None:
    """Carry nothing over."""


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What a stream is made of; *pairing* makes one anew from a checkpoint."""

    source: str
    server: str
    lines: LineSource
    format: Format
    pairing: Callable[[Checkpoint], Pairing]
    ledger: Ledger
    clock: Clock
    hit: Failpoint
    claims: Held
    redundant: bool
    live: bool
    """The log is still written: silence means something."""
    owned: Sequence[str] = ()
    """What of its server the stream alone may tell of, beside its daemons."""
    begin: int | None = None
    """UTC second before which nothing counts of a log never seen before; None: all of it counts."""
    refusal: str | None = None
    """Why the log can't be read at all, a sentence; None where it can."""
    formats: Sequence[str] = _FIRST
    """Names of what *format* reads."""
    carry_over: CarryOver = _nothing

    def paired(self, checkpoint: Checkpoint) -> tuple[Pairing, str | None]:
        """Return the pairing that goes on from *checkpoint*; where it can't, an empty one and why, a sentence."""
        try:
            return self.pairing(checkpoint), None
        except StreamStopped as stop:
            return self.pairing(Checkpoint(checkpoint.stream)), str(stop)

    def resume(self, state: Mapping[str, Json]) -> tuple[Mapping[str, Json], Sequence[str]]:
        """
        Let the format go on from the saved *state* of the stream.

        Return what the constructor of `exporter.dates.Dates` takes, and sentences for the user that begin with the
        stream's name: it may have been read as another format before.
        """
        before, now = list(state.get("formats", _FIRST)), list(self.formats)
        if "format" not in state:
            return {}, ()
        if before == now:
            self.format.restore(state["format"])
            return state.get("dates", {}), ()
        carried = self.carry_over(state["format"], before, now)
        if carried is not None:
            self.format.restore(carried)
        was, is_now = ", ".join(before), ", ".join(now)
        again = f"to read all of it so, `seatwatch reset --source {self.source}`"
        return {}, [f"was read as {was}, and is read as {is_now} from here on; {again}."]
