"""`seatwatch run` under a service manager of `Type=notify`: a socket of ours stands for systemd's."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

from tests.e2e.conftest import StartService, WriteConfig
from tests.e2e.flexlm_log import FlexlmLog


def test_start_signs_of_life_reload_and_end_are_told(
    log: FlexlmLog, config: WriteConfig, run: StartService, tmp_path: Path
) -> None:
    """The manager hears of the start once it serves, then signs of life, a reload from begin to end, and the end."""
    place = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(place))
        manager.settimeout(60)

        def heard(*, signs: bool = False) -> str:
            """Return the first word of the next message, passing over signs of life but where they are asked for."""
            while (word := manager.recv(4096).decode().partition("\n")[0]) == "WATCHDOG=1" and not signs:
                pass
            return word

        service = run(config(), env={"NOTIFY_SOCKET": str(place), "WATCHDOG_USEC": "4000000"})
        begun = heard()
        served = service.ask("healthz").status
        signs = {heard(signs=True) for _ in range(2)}
        service.send(signal.SIGHUP)
        reloaded = [heard(), heard()]
        service.send(signal.SIGTERM)
        ended = heard()

    assert ("READY=1", 200, {"WATCHDOG=1"}) == (begun, served, signs)
    assert ["RELOADING=1", "READY=1"] == reloaded
    assert "STOPPING=1" == ended
    assert 0 == service.ended()
