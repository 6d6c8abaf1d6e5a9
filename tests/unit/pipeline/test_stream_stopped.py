"""A stream whose pairing can't go on from what is committed is stopped, and is otherwise whole."""

from __future__ import annotations

from collections.abc import Callable

from exporter.errors import StreamStopped
from exporter.records import Checkpoint
from exporter.sessions.pairing import SessionPairing
from tests.unit.pipeline.test_stream_gaps import BEFORE, LOG

OTHER = "/logs/other.log"
OTHERS = BEFORE.replace(b"(acornd)", b"(oakd)")


def test_a_pairing_that_cannot_go_on_stops_its_stream_alone(site) -> None:
    """It is shown with the sentence, without levels, and reads nothing; what is committed and the others stay."""
    site.log(LOG, BEFORE)
    site.cycle_to_the_end()
    committed = site.kept(LOG).position
    make = site._pairing

    def pairing(server: str) -> Callable[[Checkpoint], SessionPairing]:
        def make_or_stop(checkpoint: Checkpoint) -> SessionPairing:
            if checkpoint.sessions:
                raise StreamStopped("It can't go on.")
            return make(server)(checkpoint)

        return make_or_stop

    site._pairing = pairing
    site.lines[LOG].grow(BEFORE)
    site.die()
    site.log(OTHER, OTHERS, server="elsewhere")
    site.cycle_to_the_end()

    stopped, other = site.pipeline.view.streams
    assert ("It can't go on.", (), ()) == (stopped.problem, tuple(stopped.features), stopped.daemons)
    assert other.problem is None
    assert other.features
    assert committed == site.kept(LOG).position
