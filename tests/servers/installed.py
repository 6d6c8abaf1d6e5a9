"""Programs of others that tests use: tests/install_servers.sh installs them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
"""Servers are there too, where ordinary users don't look."""


def installed(name: str, package: str) -> str:
    """Return the path of a program of Debian's; without it the test is skipped, or fails where CI=true."""
    found = shutil.which(name, path=_PATH)
    if found is None:
        _lacks(name, package)
    return found


def installed_file(path: Path, package: str) -> Path:
    """Return the path of a file of Debian's; else as `installed`."""
    if not path.exists():
        _lacks(str(path), package)
    return path


def has_module(server: str, module: str, package: str) -> None:
    """Look for a *module* that *server* loads; without it the test is skipped, or fails where CI=true."""
    if not any(folder.glob(f"lib*/**/{server}/{module}.so") for folder in (Path("/usr"), Path("/usr/local"))):
        _lacks(module, package)


def _lacks(what: str, package: str) -> NoReturn:
    why = f"{what} is missing: install Debian's package {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)
