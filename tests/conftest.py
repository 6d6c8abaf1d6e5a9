"""What tests of every kind share: where the real logs lie, programs from outside, and how long hypothesis looks."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

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
def promtool() -> str:
    """Give the path of Prometheus' own checker; without it the test is skipped, or fails where CI=true."""
    found = shutil.which("promtool")
    if found is None:
        why = "promtool is missing: install Debian's package prometheus"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found
