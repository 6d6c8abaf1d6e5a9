"""One round to a sink: in which pieces it sends, and what is left of it when the sink is away."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any, cast

import pytest

from exporter.errors import SinkAway
from exporter.publish.influxdb.lines import Lines
from exporter.records import Happening
from exporter.shipping import BODY, Round


class Server:
    """Counts the lines of each body; is away from the *last* body on."""

    def __init__(self, last: int = 10) -> None:
        """Begin with none."""
        self.bodies: list[int] = []
        self._last = last

    def write(self, _: str, body: bytes, turn: Callable[[], None]) -> None:
        """Take a body."""
        turn()
        if len(self.bodies) == self._last:
            raise SinkAway("gone")
        self.bodies.append(body.count(b"\n"))

    def close(self) -> None:
        """Nothing is held."""


def ship(server: Server, events: int) -> Any:
    """Ship so many events and no windows; return the report."""
    happenings = [Happening(n, "gap", "lic1", "", "t", "t") for n in range(events)]
    return Round(server, Lines("x"), Event(), BODY).ship(cast("Any", None), [], happenings)


@pytest.mark.parametrize(("events", "bodies"), [(0, []), (1, [1]), (BODY, [BODY]), (2 * BODY + 5, [BODY, BODY, 5])])
def test_events_go_in_pieces(events: int, bodies: list[int]) -> None:
    """However many there are, no body is longer than what a server takes in its time, and then they are told."""
    server = Server()

    report = ship(server, events)
    assert (bodies, True, True) == (server.bodies, report.told, report.all_of_them)


def test_events_of_which_some_did_not_arrive() -> None:
    """They are not told, and the error that is kept holds nothing of what was being sent."""
    report = ship(Server(last=1), 2 * BODY)

    assert (False, False, "gone", None) == (
        report.told,
        report.all_of_them,
        str(report.error),
        report.error.__traceback__,
    )
