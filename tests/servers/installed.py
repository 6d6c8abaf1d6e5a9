"""Programs of others that tests use: tests/install_servers.sh installs them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def installed(name: str, package: str) -> str:
    """Return the path of a program of Debian's; without it the test is skipped, or fails where CI=true."""
    return _or_without(shutil.which(name), name, package)


def installed_file(path: Path, package: str) -> Path:
    """Return the path of a file of Debian's; else as `installed`."""
    return Path(_or_without(str(path) if path.exists() else None, str(path), package))


def _or_without(found: str | None, what: str, package: str) -> str:
    if found is None:
        why = f"{what} is missing: install Debian's package {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found
