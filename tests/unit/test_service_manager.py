"""What a service manager is told, on a real datagram socket."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.systemd import ServiceManager
from tests.unit.publish.stepped_clock import SteppedClock

PID = 4711


class Listening:
    """A manager's end of the socket."""

    def __init__(self, address: str) -> None:
        """Listen at *address*."""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        """Return the messages since the last look."""
        messages = []
        while True:
            try:
                messages.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return messages


@pytest.fixture(params=["path", "abstract"])
def listening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Listening]]:
    """Give the name of a socket, of each kind, and who listens there."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@seatwatch-test-{os.getpid()}"
    there = Listening(name.replace("@", "\0") if request.param == "abstract" else name)
    yield name, there
    there.socket.close()


def test_the_life_of_a_service(listening: tuple[str, Listening]) -> None:
    """Start, reload, with the monotonic clock in microseconds, and end are told as sd_notify(3) wants them."""
    name, there = listening
    manager = ServiceManager({"NOTIFY_SOCKET": name}, PID, SteppedClock())
    manager.ready()
    manager.reloading()
    manager.ready()
    manager.stopping()

    ready = "READY=1\nSTATUS=Collecting."
    assert [ready, "RELOADING=1\nMONOTONIC_USEC=50000000", ready, "STOPPING=1\nSTATUS=Ending."] == there.heard()


def test_signs_of_life_come_four_times_a_span(listening: tuple[str, Listening]) -> None:
    """Of 80 s of asking each second, one in five is sent where the manager grants 20 s."""
    name, there = listening
    clock = SteppedClock()
    manager = ServiceManager({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "4711"}, PID, clock)
    heard = []
    for _ in range(80):
        manager.alive()
        heard.append(there.heard())
        clock.step(1)

    assert [["WATCHDOG=1"], [], [], [], []] * 16 == heard


@pytest.mark.parametrize(
    "watchdog",
    [{}, {"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "0"}],
)
def test_no_sign_of_life_where_none_is_wanted(listening: tuple[str, Listening], watchdog: dict[str, str]) -> None:
    """Without a watchdog, with one of another process and with one that makes no sense nothing is sent."""
    name, there = listening
    ServiceManager({"NOTIFY_SOCKET": name, **watchdog}, PID, SteppedClock()).alive()

    assert [] == there.heard()


@pytest.mark.parametrize("name", ["", "vsock:2:1234", "relative/path"])
def test_where_nobody_listens_nothing_is_said(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Without a socket of this machine nothing is sent, and nothing is wrong."""
    ServiceManager({"NOTIFY_SOCKET": name}, PID, SteppedClock()).ready()

    assert [] == caplog.records


def test_a_manager_that_is_gone_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A socket that is gone ends nothing; it is logged once, and once more when it is back."""
    caplog.set_level(logging.INFO)
    place = tmp_path / "notify"
    manager = ServiceManager({"NOTIFY_SOCKET": str(place)}, PID, SteppedClock())
    manager.ready()
    manager.ready()
    there = Listening(str(place))
    manager.ready()
    manager.ready()
    heard = there.heard()
    there.socket.close()

    assert 2 == len(heard)
    assert ["The service manager can't be told how the service does.", "The service manager can be told again."] == [
        record.getMessage() for record in caplog.records
    ]
