"""Programs of others that tests use: tests/install_servers.sh installs them."""

from __future__ import annotations

import os
import shutil

import pytest


def installed(name: str, package: str) -> str:
    """Return the path of a program of Debian's; without it the test is skipped, or fails where CI=true."""
    found = shutil.which(name)
    if found is None:
        why = f"{name} is missing: install Debian's package {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found
