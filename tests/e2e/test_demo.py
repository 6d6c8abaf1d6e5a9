"""The demonstration that `make run` starts: the script itself, with the project's own configuration."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command_line import ROOT, environment
from tests.e2e.running import Service, until

WRAPPER = """\
#!/bin/sh
exec '{python}' -m exporter "$@"
"""


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Service]:
    """Start the demonstration in a copy of what it needs, on any free port."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "demo.sh", tmp_path / "deploy")
    listen = "listen: 127.0.0.1:9877"
    text = (ROOT / "config.yaml").read_text()
    assert listen in text
    (tmp_path / "config.yaml").write_text(text.replace(listen, "listen: 127.0.0.1:0") + "log: {format: json}\n")
    command = tmp_path / ".venv" / "bin" / "seatwatch"
    command.parent.mkdir(parents=True)
    command.write_text(WRAPPER.format(python=sys.executable))
    command.chmod(0o755)
    # Whoever runs the tests in the background ignores SIGINT, and what is ignored at its start no shell can trap.
    command = ("env", "--default-signal=INT", "./deploy/demo.sh")
    script = Service(tmp_path, "demo", *command, env=environment())
    yield script
    script.stop()


def members(session: int) -> list[int]:
    """Return the processes of a session that haven't ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, *numbers = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended while we looked
            continue
        if int(numbers[2]) == session and state != "Z":
            found.append(int(stat.parent.name))
    return found


def sums(demo: Service) -> tuple[float, float]:
    """Return the seats in use and the check-outs of all features together."""
    shown = demo.shown()
    levels, counts = (
        sum(value for name, value in shown.items() if name.startswith(f"{family}{{"))
        for family in ("licence_feature_in_use", "licence_checkouts_total")
    )
    return levels, counts


def test_the_demonstration_moves_within_a_minute_and_ends_at_once(demo: Service) -> None:
    """Levels and check-outs change within a minute; Ctrl-C ends everything well, and nothing is left running."""
    until("seats in use", lambda: all(sums(demo)))
    first = sums(demo)
    until("another level and more check-outs", lambda: all(a != b for a, b in zip(first, sums(demo), strict=True)))
    assert len(members(demo.pid)) == 3
    demo.send(signal.SIGINT)
    assert demo.ended() == 0, demo.errors
    assert [] == members(demo.pid)
    assert demo.lines("Stopped; everything read is committed.")
