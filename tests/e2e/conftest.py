"""What the end-to-end tests share: the command line, a running service, a log that grows, real Prometheus."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.busy import Busy, StartBusy, Write
from tests.e2e.command_line import Command, environment, spawned
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import Program, Service
from tests.servers.installed import installed

CONFIG = """\
site: {{name: e2e, timezone: UTC}}
ledger: {{path: ledger/seatwatch.db}}
sources:
  - {{name: lic, format: flexlm, server: lic1, timezone: UTC, paths: ["{paths}"]}}
prometheus: {{listen: "127.0.0.1:{port}"}}
log: {{format: json}}
"""

WriteConfig = Callable[..., Path]
"""Takes the path of the log (``logs/lic.log``) and the port (any free one), writes the file, and returns its path."""
StartService = Callable[..., Service]
"""Takes a configuration and further environment variables, and returns the service that was started."""
StartProgram = Callable[..., Program]
"""Takes a name and the words of a command, and returns the program that was started."""


@pytest.fixture
def seatwatch(tmp_path: Path) -> Command:
    """Run commands in the test's folder, each in a process of its own."""
    return partial(spawned, tmp_path)


@pytest.fixture
def config(tmp_path: Path) -> WriteConfig:
    """Write `config.yaml` for one log."""

    def write(paths: str = "logs/lic.log", port: int = 0) -> Path:
        file = tmp_path / "config.yaml"
        file.write_text(CONFIG.format(paths=paths, port=port))
        return file

    return write


@pytest.fixture
def log(tmp_path: Path) -> FlexlmLog:
    """Begin a log where `config` looks for it."""
    (tmp_path / "logs").mkdir()
    return FlexlmLog(tmp_path / "logs" / "lic.log")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartProgram]:
    """Start programs in the test's folder that end with the test."""
    programs: list[Program] = []

    def begin(name: str, *words: str | Path, env: Mapping[str, str] | None = None) -> Program:
        programs.append(Program(tmp_path, name, *words, env=env))
        return programs[-1]

    yield begin
    for program in programs:
        program.stop()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[StartService]:
    """Start `seatwatch run` in the test's folder; it ends with the test."""
    services: list[Service] = []

    def begin(config: Path, env: Mapping[str, str] | None = None) -> Service:
        words = (sys.executable, "-m", "exporter", "run", "--config", config)
        services.append(Service(tmp_path, f"run-{len(services)}", *words, env={**environment(), **(env or {})}))
        return services[-1]

    yield begin
    for service in services:
        service.stop()


@pytest.fixture
def start_busy() -> Iterator[StartBusy]:
    """Start writers, which stop with the test."""
    writers: list[Busy] = []

    def begin(write: Write) -> Busy:
        writers.append(Busy(write))
        return writers[-1]

    yield begin
    for writer in writers:
        writer.stop()


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Give a port of this machine that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    """Give a port of this machine that nobody listened on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def prometheus() -> str:
    """Give the path of Prometheus; without it the test is skipped, or fails where CI=true."""
    return installed("prometheus", "prometheus")
