"""What tests of every kind share: where real logs lie, programs and servers of others, how long hypothesis looks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.servers.influxd import Influxd
from tests.servers.installed import installed
from tests.servers.openapi import Description
from tests.servers.victoria_metrics import VictoriaMetrics

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("default", deadline=None)
settings.register_profile(
    "soak", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# A gate must give the same answer twice, also on a busy machine: the same examples each time; elsewhere new ones.
settings.register_profile(
    "ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") == "true" else "default"))


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real logs beside the project; without it (as in any clone) the test is skipped."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("there are no real logs beside the project")
    return folder


@pytest.fixture(scope="session")
def influxdb2_description(root: Path) -> Description:
    """Read InfluxDB's description of its interface; without it the test is skipped, or fails where CI=true."""
    path = root.parent / "shared" / "schemas" / "influxdb2-openapi.json"
    if not path.is_file():
        why = "InfluxDB's description of its interface is not beside the project"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return Description(path)


@pytest.fixture(scope="session")
def promtool() -> str:
    """Give the path of Prometheus' own checker; without it the test is skipped, or fails where CI=true."""
    return installed("promtool", "prometheus")


@pytest.fixture
def start_influxd() -> Iterator[Callable[..., Influxd]]:
    """Start InfluxDB 1.6 with settings of its own; it ends with the test."""
    servers: list[Influxd] = []

    def begin(settings: Mapping[str, str] | None = None) -> Influxd:
        servers.append(Influxd(settings))
        servers[-1].start()
        return servers[-1]

    yield begin
    for server in servers:
        server.remove()


@pytest.fixture
def influxd(start_influxd: Callable[..., Influxd]) -> Influxd:
    """Give an empty InfluxDB 1.6."""
    return start_influxd()


@pytest.fixture
def victoria_metrics() -> Iterator[VictoriaMetrics]:
    """Give an empty VictoriaMetrics."""
    server = VictoriaMetrics()
    try:
        server.start()
        yield server
    finally:
        server.remove()
