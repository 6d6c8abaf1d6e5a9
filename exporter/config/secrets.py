"""
Secrets: read where the configuration says they are, when they are needed, and never shown.

Nor is the name of a file or variable: it may be the secret, put in the wrong place.
"""

from __future__ import annotations

import os
from pathlib import Path

from exporter.errors import ConfigError


def secret(key: str, file: str | None, variable: str | None) -> str | None:
    """
    Return what the file holds, without blanks around it, or else the environment's variable; None with neither named.

    *key* is the path of the keys without ``_file`` and ``_env``: ``influxdb[0].token``. Raises ConfigError.
    """
    if file is not None:
        return in_file(f"{key}_file", file)
    if variable is not None:
        if not (value := os.environ.get(variable)):
            raise ConfigError([f"{key}_env: the environment has no variable of that name, or it is empty; set it"])
        return value
    return None


def in_file(key: str, file: str) -> str:
    """Return what the file holds, without blanks around it; *key* is what names the file. Raises ConfigError."""
    try:
        value = Path(file).read_text("utf-8").strip()
    except UnicodeDecodeError:
        raise ConfigError(
            [f"{key}: the file it names is no UTF-8 text; write nothing but the secret into it"]
        ) from None
    except OSError as error:
        raise ConfigError([f"{key}: the file it names can't be read: {error.strerror}"]) from None
    if not value:
        raise ConfigError([f"{key}: the file it names is empty; write the secret into it"])
    return value
